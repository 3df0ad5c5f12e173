/* SPDX-License-Identifier: Apache-2.0 */
/* Written octet by octet: OpenSSL 3's way from a key to its encoding costs more than the key. */
#include "ca/certificate.h"

#include <assert.h>

#include "ca/der_write.h"
#include "ca/key.h"
#include "pki/bundle.h"
#include "pki/der.h"

/* 4.2.1.9 */
static void basic_constraints_put(struct buf *out, const struct profile *profile)
{
    struct buf body = {0};
    struct buf value = {0};
    if (profile->kind == KIND_AUTHORITY) {
        assert(profile->path_length < 0x80); /* an INTEGER of one octet */
        der_put(&body, DER_BOOLEAN, STR("\xff"));
        if (profile->path_length >= 0) {
            char length = (char)profile->path_length;
            der_put(&body, DER_INTEGER, (struct str){&length, 1});
        }
    }
    der_put(&value, DER_SEQUENCE, buf_view(&body));
    der_put_extension(out, 19, true, buf_view(&value));
    buf_deinit(&value);
    buf_deinit(&body);
}

/* 4.2.1.3, as a BIT STRING. An RSA server also deciphers, for clients without ephemeral keys. */
static void key_usage_put(struct buf *out, const struct profile *profile)
{
    bool deciphers =
        profile->kind == KIND_SERVER && EVP_PKEY_get_base_id(profile->public_key) == EVP_PKEY_RSA;
    struct str usage = profile->kind == KIND_AUTHORITY
                           ? STR("\x03\x02\x01\x06")         /* keyCertSign, cRLSign */
                       : deciphers ? STR("\x03\x02\x05\xa0") /* digitalSignature, keyEncipherment */
                                   : STR("\x03\x02\x07\x80"); /* digitalSignature */
    der_put_extension(out, 15, true, usage);
}

/* 4.2.1.12: SEQUENCE of one OID below id-kp. */
static void extended_key_usage_put(struct buf *out, const struct profile *profile)
{
    struct str server = STR("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01");
    struct str client = STR("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02");
    if (profile->kind != KIND_AUTHORITY) {
        der_put_extension(out, 37, false, profile->kind == KIND_SERVER ? server : client);
    }
}

/* SHA-1 of the public key (4.2.1.2, method 1): a name, not a protection. */
static bool key_id(struct str spki, unsigned char out[static EVP_MAX_MD_SIZE])
{
    struct str body;
    struct str algorithm;
    struct str key;
    unsigned n = 0;
    return der_expect(&spki, DER_SEQUENCE, &body) && der_expect(&body, DER_SEQUENCE, &algorithm) &&
           der_expect(&body, DER_BIT_STRING, &key) && key.n > 1 &&
           EVP_Digest(key.p + 1, key.n - 1, out, &n, EVP_sha1(), NULL) == 1 && n == KEY_ID;
}

struct str key_id_of(const X509 *cert, unsigned char scratch[static EVP_MAX_MD_SIZE])
{
    unsigned n = 0;
    const ASN1_OCTET_STRING *named = X509_get0_subject_key_id((X509 *)(uintptr_t)cert);
    if (named) {
        return (struct str){(const char *)ASN1_STRING_get0_data(named),
                            (size_t)ASN1_STRING_length(named)};
    }
    bool ok = X509_pubkey_digest(cert, EVP_sha1(), scratch, &n) == 1;
    return (struct str){(const char *)scratch, ok ? n : 0};
}

static bool key_identifiers_put(struct buf *out, const struct profile *profile, struct str spki)
{
    unsigned char own[EVP_MAX_MD_SIZE];
    unsigned char scratch[EVP_MAX_MD_SIZE];
    struct buf value = {0};
    struct buf keyid = {0};
    if (!key_id(spki, own)) {
        return false;
    }
    struct str id = {(char *)own, KEY_ID};
    der_put(&value, DER_OCTET_STRING, id);
    der_put_extension(out, 14, false, buf_view(&value));
    if (profile->issuer) {
        id = key_id_of(profile->issuer, scratch);
    }
    der_put(&keyid, 0x80, id);
    buf_clear(&value);
    der_put(&value, DER_SEQUENCE, buf_view(&keyid));
    der_put_extension(out, 35, false, buf_view(&value));
    buf_deinit(&keyid);
    buf_deinit(&value);
    return id.n > 0;
}

static bool names_put(struct buf *out, const struct profile *profile)
{
    unsigned char *der = NULL;
    if (sk_GENERAL_NAME_num(profile->names) <= 0) {
        return true;
    }
    int n = i2d_GENERAL_NAMES(profile->names, &der);
    if (n > 0) {
        der_put_extension(out, 17, false, (struct str){(char *)der, (size_t)n});
    }
    OPENSSL_free(der);
    return n > 0;
}

static bool name_put(struct buf *out, const X509_NAME *name)
{
    unsigned char *der = NULL;
    int n = i2d_X509_NAME(name, &der);
    if (n > 0) {
        buf_append(out, (struct str){(char *)der, (size_t)n});
    }
    OPENSSL_free(der);
    return n > 0;
}

static bool certificate_extensions_put(struct buf *out, const struct profile *profile,
                                       struct str spki)
{
    struct buf list = {0};
    struct buf sequence = {0};
    basic_constraints_put(&list, profile);
    key_usage_put(&list, profile);
    extended_key_usage_put(&list, profile);
    bool ok = key_identifiers_put(&list, profile, spki) && names_put(&list, profile);
    der_put(&sequence, DER_SEQUENCE, buf_view(&list));
    der_put(out, DER_CONTEXT_0 + 3, buf_view(&sequence));
    buf_deinit(&sequence);
    buf_deinit(&list);
    return ok;
}

/* The members of TBSCertificate (4.1.2). */
static bool members_put(struct buf *out, const struct profile *profile, struct str spki)
{
    struct buf validity = {0};
    der_put(out, DER_CONTEXT_0, STR("\x02\x01\x02")); /* version 3 */
    der_put(out, DER_INTEGER, serial_number_octets(profile->serial));
    bool ok =
        der_put_algorithm(out, profile->issuer_key) &&
        name_put(out, profile->issuer ? X509_get_subject_name(profile->issuer) : profile->subject);
    der_put_time(&validity, profile->not_before);
    der_put_time(&validity, profile->not_after);
    der_put(out, DER_SEQUENCE, buf_view(&validity));
    buf_deinit(&validity);
    ok = ok && name_put(out, profile->subject);
    buf_append(out, spki);
    return ok && certificate_extensions_put(out, profile, spki);
}

bool certificate_make(const struct profile *profile, struct buf *out, struct error *err)
{
    assert(profile->subject && profile->public_key && profile->issuer_key);
    assert(profile->serial);
    struct buf spki = {0};
    struct buf members = {0};
    struct buf tbs = {0};
    bool ok = key_write_public(profile->public_key, &spki) &&
              members_put(&members, profile, buf_view(&spki));
    if (ok) {
        der_put(&tbs, DER_SEQUENCE, buf_view(&members));
        ok = der_sign(out, profile->issuer_key, buf_view(&tbs), err);
    } else {
        char why[SSL_ERRORS_MAX];
        error_set(err, "cannot create the certificate%s", ssl_errors(why));
    }
    buf_deinit(&tbs);
    buf_deinit(&members);
    buf_deinit(&spki);
    return ok;
}
