/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation lists put together octet by octet, so that each of them can be wrong. */
#ifndef TESTS_CRLS_H
#define TESTS_CRLS_H

#include <assert.h>
#include <time.h>

#include "base/buf.h"
#include "base/byte_source.h"
#include "certs.h"

enum { TEST_NOW = 1795000000 }; /* 2026-11-18 11:06:40 GMT */

struct test_line {
    const char *serial;    /* content of the INTEGER, in hexadecimal */
    int reason;            /* 0: no extension */
    const char *date;      /* NULL: 260101000000Z */
    struct str extensions; /* n > 0: instead of the reason; Extension, DER */
};

struct test_list {
    const struct test_pair *issuer;
    const struct test_line *lines;
    size_t lines_n;
    long from;  /* seconds from TEST_NOW; 0: an hour ago */
    long until; /* 0: a day */
    bool no_until;
    const char *number; /* content of the INTEGER, in hexadecimal; NULL: none */
    const char *base;   /* the same: it is a delta */
    bool key_id;
    struct str extensions; /* further ones */
    const char *version;   /* DER in hexadecimal; NULL: version 2 */
    bool other_algorithm;
    bool bad_signature;
    struct str behind_extensions, behind_signature; /* octets too many */
    const EVP_MD *digest;                           /* NULL: SHA-256 */
    bool pss;
    const EVP_MD *mask_digest; /* of pss; NULL: the same */
    bool empty_lines;          /* a sequence without entries, which is to be absent */
};

static inline struct str test_hex(const char *hex, char *out)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        out[i] = (char)(char_hex(hex[2 * i]) << 4 | char_hex(hex[2 * i + 1]));
    }
    return (struct str){out, n};
}

/* tag, length, content; `content` may be out's own bytes no more than a literal may. */
static inline void test_der(struct buf *out, int tag, struct str content)
{
    buf_byte(out, (char)tag);
    if (content.n < 0x80) {
        buf_byte(out, (char)content.n);
    } else {
        int octets = content.n < 0x100       ? 1
                     : content.n < 0x10000   ? 2
                     : content.n < 0x1000000 ? 3
                                             : 4;
        buf_byte(out, (char)(0x80 | octets));
        for (int i = octets - 1; i >= 0; i--) {
            buf_byte(out, (char)(content.n >> (8 * i)));
        }
    }
    buf_append(out, content);
}

/* Wraps what is in *inner and empties it. */
static inline void test_wrap(struct buf *out, int tag, struct buf *inner)
{
    test_der(out, tag, buf_view(inner));
    buf_deinit(inner);
}

/* Extension of id-ce and that number. */
static inline void test_ext(struct buf *out, int id, bool critical, struct str value)
{
    struct buf in = {0};
    const char oid[] = {0x55, 0x1d, (char)id};
    test_der(&in, 0x06, (struct str){oid, sizeof(oid)});
    if (critical) {
        test_der(&in, 0x01, STR("\xff"));
    }
    test_der(&in, 0x04, value);
    test_wrap(out, 0x30, &in);
}

static inline void test_integer_ext(struct buf *out, int id, bool critical, const char *hex)
{
    char octets[64];
    struct buf value = {0};
    test_der(&value, 0x02, test_hex(hex, octets));
    test_ext(out, id, critical, buf_view(&value));
    buf_deinit(&value);
}

static inline void test_date(struct buf *out, long from_now)
{
    time_t t = TEST_NOW + from_now;
    struct tm tm;
    gmtime_r(&t, &tm);
    char text[32];
    size_t n = strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
    test_der(out, 0x17, (struct str){text + 2, n - 2}); /* UTCTime: two digits of the year */
}

static inline void test_entry(struct buf *out, const struct test_line *line)
{
    char octets[300];
    struct buf in = {0}, ext = {0};
    test_der(&in, 0x02, test_hex(line->serial, octets));
    test_der(&in, 0x17, str_of(line->date ? line->date : "260101000000Z"));
    if (line->extensions.n) {
        buf_append(&ext, line->extensions);
    } else if (line->reason) {
        const char value[] = {0x0a, 1, (char)line->reason};
        test_ext(&ext, 21, false, (struct str){value, 3});
    }
    if (buf_size(&ext)) {
        test_wrap(&in, 0x30, &ext);
    }
    test_wrap(out, 0x30, &in);
}

static inline void test_extensions(struct buf *out, const struct test_list *list)
{
    struct buf all = {0}, in = {0}, value = {0}, sequence = {0};
    if (list->key_id) {
        const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(list->issuer->cert);
        test_der(&value, 0x80, (struct str){(const char *)id->data, (size_t)id->length});
        test_wrap(&sequence, 0x30, &value);
        test_ext(&all, 35, false, buf_view(&sequence));
        buf_deinit(&sequence);
    }
    if (list->number) {
        test_integer_ext(&all, 20, false, list->number);
    }
    if (list->base) {
        test_integer_ext(&all, 27, true, list->base);
    }
    buf_append(&all, list->extensions);
    if (buf_size(&all)) {
        test_wrap(&in, 0x30, &all);
        test_wrap(out, 0xa0, &in);
    }
    buf_deinit(&all);
}

/* Ready to sign with the issuer's key, as the list wants it. */
static inline EVP_MD_CTX *test_signer(const struct test_list *list)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_ctx = NULL;
    bool plain = EVP_PKEY_get_base_id(list->issuer->key) == EVP_PKEY_ED25519;
    const EVP_MD *md = plain ? NULL : list->digest ? list->digest : EVP_sha256();
    int ok = EVP_DigestSignInit(ctx, &key_ctx, md, NULL, list->issuer->key);
    if (list->pss) {
        ok = ok && EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, 20) == 1 &&
             (!list->mask_digest || EVP_PKEY_CTX_set_rsa_mgf1_md(key_ctx, list->mask_digest) == 1);
    }
    assert(ok);
    return ctx;
}

static inline void test_sign(const struct test_list *list, struct str tbs, struct buf *out)
{
    EVP_MD_CTX *ctx = test_signer(list);
    size_t n = 0;
    int ok = EVP_DigestSign(ctx, NULL, &n, (const unsigned char *)tbs.p, tbs.n);
    unsigned char *p = (unsigned char *)buf_reserve(out, n);
    ok = ok && EVP_DigestSign(ctx, p, &n, (const unsigned char *)tbs.p, tbs.n);
    assert(ok);
    buf_grew(out, n);
    EVP_MD_CTX_free(ctx);
}

/* The algorithm, as OpenSSL writes it when it signs a list. */
static inline void test_algorithm(const struct test_list *list, struct buf *out)
{
    X509_CRL *crl = X509_CRL_new();
    EVP_MD_CTX *ctx = test_signer(list);
    ASN1_TIME *now = ASN1_TIME_set(NULL, TEST_NOW);
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(list->issuer->cert));
    X509_CRL_set1_lastUpdate(crl, now);
    ASN1_TIME_free(now);
    int ok = X509_CRL_sign_ctx(crl, ctx) > 0;
    assert(ok);
    const X509_ALGOR *algorithm = NULL;
    X509_CRL_get0_signature(crl, NULL, &algorithm);
    unsigned char *der = NULL;
    int n = i2d_X509_ALGOR(algorithm, &der);
    buf_append(out, (struct str){(char *)der, (size_t)n});
    OPENSSL_free(der);
    EVP_MD_CTX_free(ctx);
    X509_CRL_free(crl);
}

/* Appends the DER of a CertificateList. */
static inline void test_list_der(struct buf *out, const struct test_list *list)
{
    struct buf tbs = {0}, in = {0}, entries = {0}, algorithm = {0}, whole = {0}, signature = {0};
    char octets[16];
    unsigned char *name = NULL;
    int name_n = i2d_X509_NAME(X509_get_subject_name(list->issuer->cert), &name);
    test_algorithm(list, &algorithm);
    buf_append(&in, test_hex(list->version ? list->version : "020101", octets));
    buf_append(&in, buf_view(&algorithm));
    buf_append(&in, (struct str){(char *)name, (size_t)name_n});
    OPENSSL_free(name);
    test_date(&in, list->from ? list->from : -3600);
    if (!list->no_until) {
        test_date(&in, list->until ? list->until : 86400);
    }
    for (size_t i = 0; i < list->lines_n; i++) {
        test_entry(&entries, &list->lines[i]);
    }
    if (list->lines_n || list->empty_lines) {
        test_wrap(&in, 0x30, &entries);
    }
    test_extensions(&in, list);
    buf_append(&in, list->behind_extensions);
    test_wrap(&tbs, 0x30, &in);

    buf_byte(&signature, 0);
    test_sign(list, buf_view(&tbs), &signature);
    if (list->bad_signature) {
        signature.data[signature.len - 1] ^= 1;
    }
    buf_append(&whole, buf_view(&tbs));
    if (list->other_algorithm) {
        buf_append(&whole, STR("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"));
    } else {
        buf_append(&whole, buf_view(&algorithm));
    }
    test_wrap(&whole, 0x03, &signature);
    buf_append(&whole, list->behind_signature);
    test_wrap(out, 0x30, &whole);
    buf_deinit(&tbs);
    buf_deinit(&algorithm);
}

static inline void test_pem(struct buf *out, struct str der, const char *eol)
{
    static const char *const LETTERS =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    buf_printf(out, "-----BEGIN X509 CRL-----%s", eol);
    const unsigned char *p = (const unsigned char *)der.p;
    size_t column = 0;
    for (size_t i = 0; i < der.n; i += 3) {
        unsigned v = (unsigned)p[i] << 16 | (i + 1 < der.n ? (unsigned)p[i + 1] << 8 : 0) |
                     (i + 2 < der.n ? p[i + 2] : 0);
        buf_byte(out, LETTERS[v >> 18]);
        buf_byte(out, LETTERS[v >> 12 & 63]);
        buf_byte(out, i + 1 < der.n ? LETTERS[v >> 6 & 63] : '=');
        buf_byte(out, i + 2 < der.n ? LETTERS[v & 63] : '=');
        column += 4;
        if (column == 64 || i + 3 >= der.n) {
            buf_printf(out, "%s", eol);
            column = 0;
        }
    }
    buf_printf(out, "-----END X509 CRL-----%s", eol);
}

/* Bytes in pieces. */
struct test_bytes {
    struct str rest;
    size_t piece; /* 0: all */
    struct byte_source source;
};

static inline bool test_bytes_read(void *arg, unsigned char *out, size_t cap, size_t *n,
                                   struct error *err)
{
    struct test_bytes *bytes = arg;
    assert(cap > 0);
    (void)err;
    *n = bytes->rest.n < cap ? bytes->rest.n : cap;
    if (bytes->piece && *n > bytes->piece) {
        *n = bytes->piece;
    }
    if (*n) {
        memcpy(out, bytes->rest.p, *n);
    }
    bytes->rest = str_skip(bytes->rest, *n);
    return true;
}

static inline const struct byte_source *test_source(struct test_bytes *bytes, struct str all,
                                                    size_t piece)
{
    *bytes = (struct test_bytes){.rest = all, .piece = piece};
    bytes->source = (struct byte_source){.read = test_bytes_read, .arg = bytes};
    return &bytes->source;
}

#endif
