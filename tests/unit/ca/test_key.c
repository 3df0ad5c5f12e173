/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of keys, and how they are written. */
#include "ca/key.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

static void key_kinds(void **state)
{
    struct error err;
    struct key_spec spec;
    assert_true(key_spec_parse(STR("p256"), &spec, &err) && spec.type == KEY_P256);
    assert_true(key_spec_parse(STR("rsa"), &spec, &err) && spec.bits == 3072);
    assert_true(key_spec_parse(STR("rsa:2048"), &spec, &err) && spec.bits == 2048);
    assert_true(key_spec_parse(STR("ed25519"), &spec, &err) && spec.type == KEY_ED25519);
    assert_false(key_spec_parse(STR("rsa:1024"), &spec, &err));
    assert_false(key_spec_parse(STR("rsa:16384"), &spec, &err));
    assert_false(key_spec_parse(STR("rsa:3073"), &spec, &err));
    assert_false(key_spec_parse(STR("dsa"), &spec, &err));
    assert_false(key_spec_parse(STR(""), &spec, &err));
}

static EVP_PKEY *new_key(const struct key_spec *spec)
{
    struct error err;
    EVP_PKEY_CTX *maker = key_maker_new(spec, &err);
    assert_non_null(maker);
    EVP_PKEY *key = key_make(maker, &err);
    EVP_PKEY *second = key_make(maker, &err);
    assert_true(key && second && EVP_PKEY_eq(key, second) == 0);
    EVP_PKEY_free(second);
    EVP_PKEY_CTX_free(maker);
    return key;
}

static void passphrases(void **state)
{
    struct error err;
    struct buf pem = {0};
    struct key_spec spec = {.type = KEY_P256};
    EVP_PKEY *key = new_key(&spec);
    assert_true(key_write(key, STR("right"), &pem, &err));
    assert_true(str_search(buf_view(&pem), STR("ENCRYPTED")) < pem.len);
    assert_false(key_is_weakly_encrypted(buf_view(&pem)));
    EVP_PKEY *back = key_read(buf_view(&pem), STR("right"), "x", &err);
    assert_true(back && EVP_PKEY_eq(key, back) == 1);
    assert_null(key_read(buf_view(&pem), STR("wrong"), "x", &err));
    assert_string_equal(err.text, "wrong passphrase for \"x\"");
    assert_null(key_read(buf_view(&pem), STR(""), "x", &err));
    assert_string_equal(err.text, "no passphrase for \"x\"");
    assert_null(key_read(STR("nonsense"), STR("right"), "x", &err));
    EVP_PKEY_free(back);
    EVP_PKEY_free(key);
    secret_deinit(&pem);
}

/* The key derivation of a PKCS#8 key, and its parameters in DER (RFC 8018, A.4). */
static X509_ALGOR *derivation(struct str pem, PBE2PARAM **scheme)
{
    const X509_ALGOR *algorithm;
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509_SIG *sealed = PEM_read_bio_PKCS8(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(sealed);
    X509_SIG_get0(sealed, &algorithm, NULL);
    assert_int_equal(OBJ_obj2nid(algorithm->algorithm), NID_pbes2);
    *scheme = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
    assert_non_null(*scheme);
    X509_SIG_free(sealed);
    assert_int_equal(OBJ_obj2nid((*scheme)->encryption->algorithm), NID_aes_256_cbc);
    return (*scheme)->keyfunc;
}

/* As dear to guess as OWASP's Password Storage Cheat Sheet asks: N 2^14, r 8, p 5. */
static void encryption(void **state)
{
    struct error err;
    struct buf pem = {0};
    uint64_t n;
    uint64_t r;
    uint64_t p;
    PBE2PARAM *scheme;
    struct key_spec spec = {.type = KEY_ED25519};
    EVP_PKEY *key = new_key(&spec);
    assert_true(key_write(key, STR("a passphrase"), &pem, &err));
    const X509_ALGOR *function = derivation(buf_view(&pem), &scheme);
    assert_int_equal(OBJ_obj2nid(function->algorithm), NID_id_scrypt);
    SCRYPT_PARAMS *scrypt =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), function->parameter);
    assert_true(scrypt && ASN1_STRING_length(scrypt->salt) == 16);
    assert_true(ASN1_INTEGER_get_uint64(&n, scrypt->costParameter) && n == 16384);
    assert_true(ASN1_INTEGER_get_uint64(&r, scrypt->blockSize) && r == 8);
    assert_true(ASN1_INTEGER_get_uint64(&p, scrypt->parallelizationParameter) && p == 5);
    SCRYPT_PARAMS_free(scrypt);
    PBE2PARAM_free(scheme);
    EVP_PKEY_free(key);
    secret_deinit(&pem);
}

/* Keys that OpenSSL has encrypted, by less and in other ways, are read all the same. */
static void other_encryption(void **state)
{
    static const int DIGESTS[] = {NID_hmacWithSHA512, NID_hmacWithSHA256, NID_hmacWithSHA1};
    struct error err;
    struct key_spec spec = {.type = KEY_P256};
    EVP_PKEY *key = new_key(&spec);
    for (size_t i = 0; i < COUNT_OF(DIGESTS) + 1; i++) {
        char *text;
        BIO *bio = BIO_new(BIO_s_mem());
        PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
        X509_ALGOR *scheme =
            i < COUNT_OF(DIGESTS)
                ? PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), 8000, NULL, 16, NULL, DIGESTS[i])
                : PKCS5_pbe2_set_scrypt(EVP_aes_128_cbc(), NULL, 0, NULL, 1024, 8, 1);
        X509_SIG *sealed = PKCS8_set0_pbe("a passphrase", 12, plain, scheme);
        assert_true(sealed && PEM_write_bio_PKCS8(bio, sealed));
        long n = BIO_get_mem_data(bio, &text);
        assert_true(key_is_weakly_encrypted((struct str){text, (size_t)n}));
        EVP_PKEY *back = key_read((struct str){text, (size_t)n}, STR("a passphrase"), "x", &err);
        assert_true(back && EVP_PKEY_eq(key, back) == 1);
        assert_null(key_read((struct str){text, (size_t)n}, STR("another one"), "x", &err));
        EVP_PKEY_free(back);
        X509_SIG_free(sealed);
        PKCS8_PRIV_KEY_INFO_free(plain);
        BIO_free(bio);
    }
    EVP_PKEY_free(key);
}

/* Whether a key is weak that is encrypted with so many rounds of PBKDF2; 0: in OpenSSL's old way.
 */
static bool is_weak_with(EVP_PKEY *key, int rounds)
{
    char *text;
    BIO *bio = BIO_new(BIO_s_mem());
    X509_SIG *sealed = NULL;
    PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
    if (rounds) {
        X509_ALGOR *scheme =
            PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), rounds, NULL, 16, NULL, NID_hmacWithSHA256);
        sealed = PKCS8_set0_pbe("a passphrase", 12, plain, scheme);
        assert_true(sealed && PEM_write_bio_PKCS8(bio, sealed));
    } else {
        assert_true(PEM_write_bio_PrivateKey_traditional(
            bio, key, EVP_aes_256_cbc(), (const unsigned char *)"a passphrase", 12, NULL, NULL));
    }
    long n = BIO_get_mem_data(bio, &text);
    bool weak = key_is_weakly_encrypted((struct str){text, (size_t)n});
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(plain);
    BIO_free(bio);
    return weak;
}

static void weak_encryption(void **state)
{
    struct error err;
    struct buf pem = {0};
    struct key_spec spec = {.type = KEY_P256};
    EVP_PKEY *key = new_key(&spec);
    assert_true(is_weak_with(key, 0));
    assert_true(is_weak_with(key, 599999));
    assert_false(is_weak_with(key, 600000));
    assert_true(key_write(key, STR(""), &pem, &err));
    assert_false(key_is_weakly_encrypted(buf_view(&pem))); /* nothing to guess */
    assert_false(key_is_weakly_encrypted(STR("nonsense")));
    EVP_PKEY_free(key);
    secret_deinit(&pem);
}

/* P-256 is written by hand: as OpenSSL would, to the octet. */
static void plain_keys(void **state)
{
    static const struct key_spec SPECS[] = {{KEY_P256, 0}, {KEY_P384, 0}, {KEY_ED25519, 0}};
    struct error err;
    for (size_t i = 0; i < 60; i++) {
        struct buf pem = {0};
        struct buf der = {0};
        char *expected;
        unsigned char *public = NULL;
        EVP_PKEY *key = new_key(&SPECS[i % COUNT_OF(SPECS)]);
        BIO *bio = BIO_new(BIO_s_mem());
        assert_true(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
        long n = BIO_get_mem_data(bio, &expected);
        assert_true(key_write(key, STR(""), &pem, &err));
        assert_true(str_eq(buf_view(&pem), (struct str){expected, (size_t)n}));
        n = i2d_PUBKEY(key, &public);
        assert_true(key_write_public(key, &der));
        assert_true(str_eq(buf_view(&der), (struct str){(char *)public, (size_t)n}));
        OPENSSL_free(public);
        BIO_free(bio);
        EVP_PKEY_free(key);
        secret_deinit(&pem);
        buf_deinit(&der);
    }
}

static void keys_that_are_not_certified(void **state)
{
    struct error err;
    EVP_PKEY *good = EVP_EC_gen("P-384");
    EVP_PKEY *curve = EVP_EC_gen("secp256k1");
    EVP_PKEY *weak = EVP_RSA_gen(1024);
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    assert_true(key_accept(good, &err));
    assert_false(key_accept(curve, &err));
    assert_false(key_accept(weak, &err));
    assert_false(key_accept(other, &err));
    EVP_PKEY_free(other);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(curve);
    EVP_PKEY_free(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_kinds),
        cmocka_unit_test(passphrases),
        cmocka_unit_test(encryption),
        cmocka_unit_test(other_encryption),
        cmocka_unit_test(weak_encryption),
        cmocka_unit_test(plain_keys),
        cmocka_unit_test(keys_that_are_not_certified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
