/* SPDX-License-Identifier: Apache-2.0 */
/* Written octet by octet: OpenSSL 3's way from a key to its encoding costs more than the key. */
#include "ca/certificate.h"

#include <openssl/rand.h>

#include "ca/der_write.h"
#include "ca/key.h"
#include "pki/bundle.h"
#include "pki/der.h"

enum { KEY_ID = 20 }; /* octets of SHA-1 */

bool serial_new(unsigned char out[static CA_SERIAL], struct error *err)
{
    if (RAND_bytes(out, CA_SERIAL) != 1) {
        return error_set(err, "no random numbers for a serial number");
    }
    /* Positive, and always sixteen octets in DER (RFC 5280, 4.1.2.2: at most twenty). */
    out[0] = (unsigned char)((out[0] & 0x7f) | 0x40);
    return true;
}

/* Extension with an OID below id-ce (2.5.29), RFC 5280, 4.1. */
static void extension_put(struct buf *out, unsigned char number, bool critical, struct str value)
{
    const char oid[] = {0x55, 0x1d, (char)number};
    struct buf body = {0};
    der_put(&body, DER_OID, (struct str){oid, sizeof(oid)});
    if (critical) {
        der_put(&body, DER_BOOLEAN, STR("\xff"));
    }
    der_put(&body, DER_OCTET_STRING, value);
    der_put(out, DER_SEQUENCE, buf_view(&body));
    buf_deinit(&body);
}

/* 4.2.1.9 */
static void basic_constraints_put(struct buf *out, const struct profile *profile)
{
    struct buf body = {0};
    struct buf value = {0};
    if (profile->kind == KIND_AUTHORITY) {
        der_put(&body, DER_BOOLEAN, STR("\xff"));
        if (profile->path_length >= 0) {
            char length = (char)profile->path_length;
            der_put(&body, DER_INTEGER, (struct str){&length, 1});
        }
    }
    der_put(&value, DER_SEQUENCE, buf_view(&body));
    extension_put(out, 19, true, buf_view(&value));
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
    extension_put(out, 15, true, usage);
}

/* 4.2.1.12: SEQUENCE of one OID below id-kp. */
static void extended_key_usage_put(struct buf *out, const struct profile *profile)
{
    struct str server = STR("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01");
    struct str client = STR("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02");
    if (profile->kind != KIND_AUTHORITY) {
        extension_put(out, 37, false, profile->kind == KIND_SERVER ? server : client);
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

static bool key_identifiers_put(struct buf *out, const struct profile *profile, struct str spki)
{
    unsigned char own[EVP_MAX_MD_SIZE];
    struct buf value = {0};
    struct buf keyid = {0};
    if (!key_id(spki, own)) {
        return false;
    }
    struct str id = {(char *)own, KEY_ID};
    der_put(&value, DER_OCTET_STRING, id);
    extension_put(out, 14, false, buf_view(&value));
    if (profile->issuer) {
        const ASN1_OCTET_STRING *from = X509_get0_subject_key_id(profile->issuer);
        id = (struct str){(const char *)ASN1_STRING_get0_data(from),
                          (size_t)ASN1_STRING_length(from)};
    }
    der_put(&keyid, 0x80, id);
    buf_clear(&value);
    der_put(&value, DER_SEQUENCE, buf_view(&keyid));
    extension_put(out, 35, false, buf_view(&value));
    buf_deinit(&keyid);
    buf_deinit(&value);
    return true;
}

static bool names_put(struct buf *out, const struct profile *profile)
{
    unsigned char *der = NULL;
    if (sk_GENERAL_NAME_num(profile->names) <= 0) {
        return true;
    }
    int n = i2d_GENERAL_NAMES(profile->names, &der);
    if (n > 0) {
        extension_put(out, 17, false, (struct str){(char *)der, (size_t)n});
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

static bool extensions_put(struct buf *out, const struct profile *profile, struct str spki)
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
    der_put(out, DER_INTEGER, (struct str){(const char *)profile->serial, CA_SERIAL});
    bool ok =
        der_put_algorithm(out, profile->issuer_key) &&
        name_put(out, profile->issuer ? X509_get_subject_name(profile->issuer) : profile->subject);
    der_put_time(&validity, profile->not_before);
    der_put_time(&validity, profile->not_after);
    der_put(out, DER_SEQUENCE, buf_view(&validity));
    buf_deinit(&validity);
    ok = ok && name_put(out, profile->subject);
    buf_append(out, spki);
    return ok && extensions_put(out, profile, spki);
}

bool certificate_make(const struct profile *profile, struct buf *out, struct error *err)
{
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
        error_set(err, "cannot make the certificate%s", ssl_errors(why));
    }
    buf_deinit(&tbs);
    buf_deinit(&members);
    buf_deinit(&spki);
    return ok;
}
