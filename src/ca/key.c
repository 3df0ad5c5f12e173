/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/key.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include "pki/bundle.h"
#include "pki/pem_write.h"

enum {
    RSA_DEFAULT = 3072,
    RSA_MIN = 2048,
    RSA_MAX = 8192,
    /*
     * scrypt (RFC 7914), at one of the settings that OWASP's Password Storage Cheat Sheet counts as
     * equally strong. OpenSSL reads no key that takes more than 32 MB to open: this one takes 16,
     * and makes up for that by doing the work five times. It costs some 0.2 s for each key.
     */
    SCRYPT_COST = 1 << 14,
    SCRYPT_BLOCK = 8,
    SCRYPT_PARALLEL = 5,
    SCRYPT_SALT = 16,
    PASSPHRASE_MAX = 1023,
    PBKDF2_ROUNDS = 600000, /* as strong, by the same source */
};

bool key_spec_parse(struct str text, struct key_spec *out, struct error *err)
{
    uint64_t bits = RSA_DEFAULT;
    *out = (struct key_spec){.type = KEY_P256};
    if (str_ieq(text, STR("p256")) || str_ieq(text, STR("p-256"))) {
        return true;
    }
    if (str_ieq(text, STR("p384")) || str_ieq(text, STR("p-384"))) {
        out->type = KEY_P384;
        return true;
    }
    if (str_ieq(text, STR("ed25519"))) {
        out->type = KEY_ED25519;
        return true;
    }
    if (str_eq(text, STR("rsa")) ||
        (str_starts(text, STR("rsa:")) && str_to_u64(str_skip(text, 4), RSA_MAX, &bits) &&
         bits >= RSA_MIN && bits % 8 == 0)) {
        *out = (struct key_spec){.type = KEY_RSA, .bits = (unsigned)bits};
        return true;
    }
    return error_set(err, "unknown key type \"%.*s\": use p256, p384, ed25519, or rsa:%d to rsa:%d",
                     STR_ARG(text), RSA_MIN, RSA_MAX);
}

EVP_PKEY_CTX *key_maker_new(const struct key_spec *spec, struct error *err)
{
    static const char *const NAMES[] = {
        [KEY_P256] = "EC", [KEY_P384] = "EC", [KEY_RSA] = "RSA", [KEY_ED25519] = "ED25519"};
    assert((size_t)spec->type < COUNT_OF(NAMES));
    char why[SSL_ERRORS_MAX];
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, NAMES[spec->type], NULL);
    bool ok = maker && EVP_PKEY_keygen_init(maker) == 1;
    if (ok && spec->type == KEY_RSA) {
        ok = EVP_PKEY_CTX_set_rsa_keygen_bits(maker, (int)spec->bits) == 1;
    } else if (ok && spec->type != KEY_ED25519) {
        const char *curve = spec->type == KEY_P256 ? "P-256" : "P-384";
        ok = EVP_PKEY_CTX_set_group_name(maker, curve) == 1;
    }
    if (!ok) {
        EVP_PKEY_CTX_free(maker);
        error_set(err, "cannot create keys of this type%s", ssl_errors(why));
        return NULL;
    }
    return maker;
}

EVP_PKEY *key_make(EVP_PKEY_CTX *maker, struct error *err)
{
    assert(maker);
    EVP_PKEY *key = NULL;
    if (EVP_PKEY_generate(maker, &key) != 1) {
        char why[SSL_ERRORS_MAX];
        error_set(err, "cannot create a key%s", ssl_errors(why));
        return NULL;
    }
    return key;
}

bool key_accept(const EVP_PKEY *key, struct error *err)
{
    char group[32] = "";
    int bits = EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519: return true;
    case EVP_PKEY_RSA:
        return (bits >= RSA_MIN && bits <= RSA_MAX) ||
               error_set(err, "RSA key of %d bits: %d to %d bits are supported", bits, RSA_MIN,
                         RSA_MAX);
    case EVP_PKEY_EC:
        if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) &&
            (strcmp(group, "prime256v1") == 0 || strcmp(group, "secp384r1") == 0 ||
             strcmp(group, "secp521r1") == 0)) {
            return true;
        }
        return error_set(err, "unsupported curve \"%s\": use P-256, P-384 or P-521", group);
    default:
        return error_set(err, "unsupported key type \"%s\": use RSA, EC or Ed25519",
                         EVP_PKEY_get0_type_name(key));
    }
}

static bool write_encrypted(BIO *bio, EVP_PKEY *key, struct str passphrase)
{
    PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
    X509_ALGOR *scheme = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, SCRYPT_SALT, NULL,
                                               SCRYPT_COST, SCRYPT_BLOCK, SCRYPT_PARALLEL);
    X509_SIG *sealed =
        plain && scheme ? PKCS8_set0_pbe(passphrase.p, (int)passphrase.n, plain, scheme) : NULL;
    bool ok = sealed && PEM_write_bio_PKCS8(bio, sealed);
    if (!sealed) {
        X509_ALGOR_free(scheme); /* else it is the result's */
    }
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(plain);
    return ok;
}

enum { P256_POINT = 65, P256_SCALAR = 32 };

/* The uncompressed point of a P-256 key (SEC 1, 2.3.3); false for every other key. */
static bool p256_point(const EVP_PKEY *key, unsigned char out[static P256_POINT])
{
    char group[32] = "";
    size_t n = 0;
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) &&
           strcmp(group, "prime256v1") == 0 &&
           EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out, P256_POINT, &n) &&
           n == P256_POINT && out[0] == 0x04;
}

/* RFC 5480, 2: everything before the point is the same for all P-256 keys. */
static const char P256_PUBLIC[] = "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a"
                                  "\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
/* RFC 5958, 2 and RFC 5915, 3: what stands before the private scalar, and before the point. */
static const char P256_PRIVATE[] =
    "\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce"
    "\x3d\x03\x01\x07\x04\x6d\x30\x6b\x02\x01\x01\x04\x20";
static const char P256_BETWEEN[] = "\xa1\x44\x03\x42\x00";

bool key_write_public(const EVP_PKEY *key, struct buf *out)
{
    unsigned char point[P256_POINT];
    unsigned char *der = NULL;
    if (p256_point(key, point)) {
        buf_append(out, (struct str){P256_PUBLIC, sizeof(P256_PUBLIC) - 1});
        buf_append(out, (struct str){(char *)point, sizeof(point)});
        return true;
    }
    ERR_clear_error();
    int n = i2d_PUBKEY(key, &der);
    if (n > 0) {
        buf_append(out, (struct str){(char *)der, (size_t)n});
    }
    OPENSSL_free(der);
    return n > 0;
}

/* PKCS#8 of a P-256 key: OpenSSL's encoder takes longer than making the key. False: not done. */
static bool p256_write(EVP_PKEY *key, struct buf *out)
{
    unsigned char
        der[sizeof(P256_PRIVATE) - 1 + P256_SCALAR + sizeof(P256_BETWEEN) - 1 + P256_POINT];
    unsigned char *at = der;
    unsigned char point[P256_POINT];
    BIGNUM *scalar = NULL;
    if (!p256_point(key, point) || !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar)) {
        ERR_clear_error();
        return false;
    }
    at = (unsigned char *)mempcpy(at, P256_PRIVATE, sizeof(P256_PRIVATE) - 1);
    bool ok = BN_bn2binpad(scalar, at, P256_SCALAR) == P256_SCALAR;
    at = (unsigned char *)mempcpy(at + P256_SCALAR, P256_BETWEEN, sizeof(P256_BETWEEN) - 1);
    assert(at + P256_POINT == der + sizeof(der));
    memcpy(at, point, P256_POINT);
    if (ok) {
        pem_write_block(out, "PRIVATE KEY", (struct str){(char *)der, sizeof(der)});
    }
    BN_clear_free(scalar);
    OPENSSL_cleanse(der, sizeof(der));
    return ok;
}

bool key_write(EVP_PKEY *key, struct str passphrase, struct buf *out, struct error *err)
{
    assert(key && out->len == 0);
    char why[SSL_ERRORS_MAX];
    char *data;
    buf_reserve(out, 4096); /* growing would leave copies behind */
    if (passphrase.n == 0 && p256_write(key, out)) {
        return true;
    }
    BIO *bio = BIO_new(BIO_s_secmem());
    bool ok =
        bio && passphrase.n <= PASSPHRASE_MAX &&
        (passphrase.n > 0 ? write_encrypted(bio, key, passphrase)
                          : PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
    if (ok) {
        long n = BIO_get_mem_data(bio, &data);
        buf_append(out, (struct str){data, (size_t)n});
    } else {
        error_set(err, "cannot encode the key%s", ssl_errors(why));
    }
    BIO_free(bio);
    return ok;
}

/* pem_password_cb: the passphrase, or nothing when it does not fit, which is a wrong one. */
static int passphrase_give(char *out, int size, int writing, void *arg)
{
    const struct str *passphrase = arg;
    if (passphrase->n > (size_t)size) {
        return -1;
    }
    if (passphrase->n > 0) {
        memcpy(out, passphrase->p, passphrase->n);
    }
    return (int)passphrase->n;
}

EVP_PKEY *key_read(struct str pem, struct str passphrase, const char *path, struct error *err)
{
    bool encrypted = str_search(pem, STR("ENCRYPTED")) < pem.n;
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    ERR_clear_error();
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, passphrase_give, &passphrase) : NULL;
    BIO_free(bio);
    if (!key && encrypted) {
        ERR_clear_error();
        error_set(err, "%s for \"%s\"", passphrase.n > 0 ? "wrong passphrase" : "no passphrase",
                  path);
    } else if (!key) {
        char why[SSL_ERRORS_MAX];
        error_set(err, "no PEM private key in \"%s\"%s", path, ssl_errors(why));
    }
    return key;
}

static bool is_strong_scrypt(const X509_ALGOR *function)
{
    uint64_t cost = 0, block = 0, parallel = 0;
    SCRYPT_PARAMS *params =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), function->parameter);
    bool ok = params && ASN1_INTEGER_get_uint64(&cost, params->costParameter) &&
              ASN1_INTEGER_get_uint64(&block, params->blockSize) &&
              ASN1_INTEGER_get_uint64(&parallel, params->parallelizationParameter);
    SCRYPT_PARAMS_free(params);
    return ok && cost >= SCRYPT_COST && block >= SCRYPT_BLOCK && parallel >= SCRYPT_PARALLEL;
}

static bool is_strong_pbkdf2(const X509_ALGOR *function)
{
    uint64_t rounds = 0;
    PBKDF2PARAM *params =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), function->parameter);
    bool ok = params && ASN1_INTEGER_get_uint64(&rounds, params->iter);
    PBKDF2PARAM_free(params);
    return ok && rounds >= PBKDF2_ROUNDS;
}

static bool is_strong_scheme(const X509_ALGOR *scheme)
{
    bool ok = false;
    if (OBJ_obj2nid(scheme->algorithm) != NID_pbes2) {
        return false; /* PBES1 and PKCS#12's are older */
    }
    PBE2PARAM *params = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), scheme->parameter);
    if (params) {
        int function = OBJ_obj2nid(params->keyfunc->algorithm);
        ok = (function == NID_id_scrypt && is_strong_scrypt(params->keyfunc)) ||
             (function == NID_id_pbkdf2 && is_strong_pbkdf2(params->keyfunc));
    }
    PBE2PARAM_free(params);
    return ok;
}

bool key_is_weakly_encrypted(struct str pem)
{
    const X509_ALGOR *scheme = NULL;
    if (str_search(pem, STR("Proc-Type: 4,ENCRYPTED")) < pem.n) {
        return true; /* OpenSSL's own, from before PKCS#8: one round of MD5 */
    }
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509_SIG *sealed = bio ? PEM_read_bio_PKCS8(bio, NULL, NULL, NULL) : NULL;
    if (sealed) {
        X509_SIG_get0(sealed, &scheme, NULL);
    }
    bool weak = scheme && !is_strong_scheme(scheme);
    X509_SIG_free(sealed);
    BIO_free(bio);
    ERR_clear_error();
    return weak;
}

void secret_append(struct buf *secret, struct str bytes)
{
    if (secret->len + bytes.n > secret->cap) {
        struct buf grown = {0};
        buf_reserve(&grown, 2 * (secret->len + bytes.n) + 4096);
        buf_append(&grown, buf_view(secret));
        secret_deinit(secret);
        *secret = grown;
    }
    assert(bytes.n <= secret->cap - secret->len); /* it does not move: no copy stays behind */
    buf_append(secret, bytes);
}

void secret_deinit(struct buf *secret)
{
    if (secret->data) {
        OPENSSL_cleanse(secret->data, secret->cap);
    }
    buf_deinit(secret);
}
