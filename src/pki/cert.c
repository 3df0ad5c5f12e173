/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate's fields as text. */
#include "pki/cert.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "pki/asn1_time.h"
#include "pki/cert_names.h"
#include "pki/dn.h"

/* Copies what was printed and frees the BIO (may be NULL). OpenSSL's errors do not matter here. */
static struct str take_bio(BIO *bio, bool ok, struct arena *arena)
{
    char *p = NULL;
    long n = bio && ok ? BIO_get_mem_data(bio, &p) : 0;
    struct str text = arena_dup(arena, (struct str){p, n > 0 ? (size_t)n : 0});
    BIO_free(bio);
    ERR_clear_error();
    return text;
}

struct str cert_dn_legacy(const X509_NAME *name, struct arena *arena)
{
    char *p = X509_NAME_oneline(name, NULL, 0);
    struct str text = arena_dup(arena, str_of(p));
    OPENSSL_free(p);
    ERR_clear_error();
    return text;
}

struct str cert_subject(const X509 *cert, struct arena *arena)
{
    return dn_text(X509_get_subject_name(cert), arena);
}

struct str cert_issuer(const X509 *cert, struct arena *arena)
{
    return dn_text(X509_get_issuer_name(cert), arena);
}

struct str cert_subject_legacy(const X509 *cert, struct arena *arena)
{
    return cert_dn_legacy(X509_get_subject_name(cert), arena);
}

struct str cert_issuer_legacy(const X509 *cert, struct arena *arena)
{
    return cert_dn_legacy(X509_get_issuer_name(cert), arena);
}

struct str cert_serial(const X509 *cert, struct arena *arena)
{
    /* i2a_ASN1_INTEGER breaks lines. */
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    struct str octets = {(const char *)ASN1_STRING_get0_data(serial),
                         (size_t)ASN1_STRING_length(serial)};
    char *start = arena_bytes(arena, 2 * octets.n + 4);
    char *p = start;
    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER) {
        *p++ = '-';
    }
    p = octets.n ? hex_put(p, octets, true) : str_put(p, STR("00"));
    *p = '\0';
    return str_range(start, p);
}

struct str cert_fingerprint(const X509 *cert, struct arena *arena)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (X509_digest(cert, EVP_sha1(), digest, &n) != 1) {
        ERR_clear_error();
        return STR("");
    }
    char *start = arena_bytes(arena, 2 * (size_t)n + 1);
    char *end = hex_put(start, (struct str){(const char *)digest, n}, false);
    *end = '\0';
    return str_range(start, end);
}

/* Whether it can stand in a list, and means there what it means here. */
static bool is_plain_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ',') {
            return false;
        }
    }
    return name.n > 0;
}

struct str cert_alternative_list(const X509 *cert, struct str kind, struct arena *arena)
{
    struct cert_names names;
    if (!cert_alternative_names(cert, arena, &names) || names.n == 0) {
        return STR("");
    }
    struct str *listed = arena_alloc(arena, names.n * sizeof(struct str));
    size_t n = 0;
    for (size_t i = 0; i < names.n; i++) {
        if (str_eq(names.items[i].kind, kind) && is_plain_name(names.items[i].value)) {
            listed[n++] = names.items[i].value;
        }
    }
    return arena_join(arena, listed, n, STR(","));
}

struct str cert_pem(const X509 *cert, struct arena *arena)
{
    BIO *bio = BIO_new(BIO_s_mem());
    bool ok = bio && PEM_write_bio_X509(bio, cert) == 1;
    return take_bio(bio, ok, arena);
}

struct str cert_pem_folded(const X509 *cert, struct arena *arena)
{
    struct str pem = cert_pem(cert, arena);
    if (str_ends(pem, STR("\n"))) {
        pem.n--;
    }
    size_t lines = 0;
    for (size_t i = 0; i < pem.n; i++) {
        lines += pem.p[i] == '\n';
    }
    char *out = arena_bytes(arena, pem.n + lines + 1);
    size_t n = 0;
    for (size_t i = 0; i < pem.n; i++) {
        out[n++] = pem.p[i];
        if (pem.p[i] == '\n') {
            out[n++] = '\t';
        }
    }
    assert(n == pem.n + lines);
    out[n] = '\0';
    return (struct str){out, n};
}

static struct str time_text(const ASN1_TIME *t, struct arena *arena)
{
    BIO *bio = BIO_new(BIO_s_mem());
    bool ok = bio && ASN1_TIME_print(bio, t) == 1;
    return take_bio(bio, ok, arena);
}

struct str cert_not_before(const X509 *cert, struct arena *arena)
{
    return time_text(X509_get0_notBefore(cert), arena);
}

struct str cert_not_after(const X509 *cert, struct arena *arena)
{
    return time_text(X509_get0_notAfter(cert), arena);
}

struct str cert_days_left(const X509 *cert, time_t now, struct arena *arena)
{
    enum { DAY = 24 * 3600 };
    time_t end;
    if (!asn1_time_get(X509_get0_notAfter(cert), &end)) {
        return STR("");
    }
    return end <= now ? STR("0") : arena_printf(arena, "%lld", (long long)((end - now) / DAY));
}

bool cert_is_authority(X509 *cert)
{
    return (X509_get_extension_flags(cert) & EXFLAG_CA) != 0;
}
