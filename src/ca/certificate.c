/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/certificate.h"

#include <openssl/rand.h>

#include "pki/bundle.h"

bool serial_new(unsigned char out[static CA_SERIAL], struct error *err)
{
    if (RAND_bytes(out, CA_SERIAL) != 1) {
        return error_set(err, "no random numbers for a serial number");
    }
    /* Positive, and always sixteen octets in DER (RFC 5280, 4.1.2.2: at most twenty). */
    out[0] = (unsigned char)((out[0] & 0x7f) | 0x40);
    return true;
}

const EVP_MD *signature_digest(const EVP_PKEY *key)
{
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
        return NULL;
    }
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_bits(key) > 256 ? EVP_sha384()
                                                                                    : EVP_sha256();
}

static bool add_basic_constraints(X509 *cert, const struct profile *profile)
{
    BASIC_CONSTRAINTS *value = BASIC_CONSTRAINTS_new();
    if (value && profile->kind == KIND_AUTHORITY) {
        value->ca = 0xff;
        if (profile->path_length >= 0) {
            value->pathlen = ASN1_INTEGER_new();
            if (!value->pathlen || !ASN1_INTEGER_set(value->pathlen, profile->path_length)) {
                BASIC_CONSTRAINTS_free(value);
                return false;
            }
        }
    }
    bool ok = value && X509_add1_ext_i2d(cert, NID_basic_constraints, value, 1, X509V3_ADD_APPEND);
    BASIC_CONSTRAINTS_free(value);
    return ok;
}

/* Bits by RFC 5280, 4.2.1.3. An RSA server also decrypts, for clients without ephemeral keys. */
static bool add_key_usage(X509 *cert, const struct profile *profile)
{
    enum { DIGITAL_SIGNATURE = 0, KEY_ENCIPHERMENT = 2, KEY_CERT_SIGN = 5, CRL_SIGN = 6 };
    bool authority = profile->kind == KIND_AUTHORITY;
    bool deciphers =
        profile->kind == KIND_SERVER && EVP_PKEY_get_base_id(profile->public_key) == EVP_PKEY_RSA;
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    bool ok = bits &&
              (authority ? ASN1_BIT_STRING_set_bit(bits, KEY_CERT_SIGN, 1) &&
                               ASN1_BIT_STRING_set_bit(bits, CRL_SIGN, 1)
                         : ASN1_BIT_STRING_set_bit(bits, DIGITAL_SIGNATURE, 1)) &&
              (!deciphers || ASN1_BIT_STRING_set_bit(bits, KEY_ENCIPHERMENT, 1)) &&
              X509_add1_ext_i2d(cert, NID_key_usage, bits, 1, X509V3_ADD_APPEND);
    ASN1_BIT_STRING_free(bits);
    return ok;
}

static bool add_extended_key_usage(X509 *cert, const struct profile *profile)
{
    if (profile->kind == KIND_AUTHORITY) {
        return true;
    }
    int nid = profile->kind == KIND_SERVER ? NID_server_auth : NID_client_auth;
    EXTENDED_KEY_USAGE *usage = sk_ASN1_OBJECT_new_null();
    bool ok = usage && sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(nid)) &&
              X509_add1_ext_i2d(cert, NID_ext_key_usage, usage, 0, X509V3_ADD_APPEND);
    sk_ASN1_OBJECT_free(usage); /* the object is OpenSSL's own */
    return ok;
}

/* SHA-1 of the public key (RFC 5280, 4.2.1.2, method 1): a name, not a protection. */
static bool add_key_identifiers(X509 *cert, const struct profile *profile)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    ASN1_OCTET_STRING *own = ASN1_OCTET_STRING_new();
    AUTHORITY_KEYID *issuer = AUTHORITY_KEYID_new();
    bool ok = own && issuer && X509_pubkey_digest(cert, EVP_sha1(), digest, &n) &&
              ASN1_OCTET_STRING_set(own, digest, (int)n) &&
              X509_add1_ext_i2d(cert, NID_subject_key_identifier, own, 0, X509V3_ADD_APPEND);
    if (ok) {
        /* X509_get0_subject_key_id computes and keeps its answer, hence no const. */
        const ASN1_OCTET_STRING *from = own;
        if (profile->issuer) {
            from = X509_get0_subject_key_id((X509 *)(uintptr_t)profile->issuer);
        }
        issuer->keyid = from ? ASN1_OCTET_STRING_dup(from) : NULL;
        ok = issuer->keyid &&
             X509_add1_ext_i2d(cert, NID_authority_key_identifier, issuer, 0, X509V3_ADD_APPEND);
    }
    AUTHORITY_KEYID_free(issuer);
    ASN1_OCTET_STRING_free(own);
    return ok;
}

static bool add_names(X509 *cert, const struct profile *profile)
{
    void *names = (void *)(uintptr_t)profile->names; /* only encoded */
    return sk_GENERAL_NAME_num(profile->names) <= 0 ||
           X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND);
}

static bool set_serial(X509 *cert, const unsigned char *serial)
{
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    bool ok =
        number && ASN1_STRING_set(number, serial, CA_SERIAL) && X509_set_serialNumber(cert, number);
    ASN1_INTEGER_free(number);
    return ok;
}

static bool set_time(const ASN1_TIME *field, int64_t t)
{
    return ASN1_TIME_set((ASN1_TIME *)(uintptr_t)field, (time_t)t);
}

static bool fill(X509 *cert, const struct profile *profile)
{
    const X509_NAME *issuer =
        profile->issuer ? X509_get_subject_name(profile->issuer) : profile->subject;
    return X509_set_version(cert, X509_VERSION_3) && set_serial(cert, profile->serial) &&
           X509_set_issuer_name(cert, issuer) && X509_set_subject_name(cert, profile->subject) &&
           set_time(X509_getm_notBefore(cert), profile->not_before) &&
           set_time(X509_getm_notAfter(cert), profile->not_after) &&
           X509_set_pubkey(cert, profile->public_key) && add_basic_constraints(cert, profile) &&
           add_key_usage(cert, profile) && add_extended_key_usage(cert, profile) &&
           add_key_identifiers(cert, profile) && add_names(cert, profile) &&
           X509_sign(cert, profile->issuer_key, signature_digest(profile->issuer_key)) > 0;
}

X509 *certificate_make(const struct profile *profile, struct error *err)
{
    X509 *cert = X509_new();
    if (!cert || !fill(cert, profile)) {
        char why[SSL_ERRORS_MAX];
        error_set(err, "cannot make the certificate%s", ssl_errors(why));
        X509_free(cert);
        return NULL;
    }
    return cert;
}
