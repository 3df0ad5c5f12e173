/* SPDX-License-Identifier: Apache-2.0 */
/* Names of distribution points as digests and as text. */
#include "pki/dist_points.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/dn.h"

/* --- digests --- */

static void put_sized(struct buf *out, struct str bytes)
{
    buf_printf(out, "%zu:", bytes.n);
    buf_append(out, bytes);
}

/* As OpenSSL compares names: without the case of ASCII, and a run of blanks is one, at the ends
 * none. */
static void put_folded(struct buf *out, struct str text)
{
    struct buf folded = {0};
    bool blank = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            blank = buf_size(&folded) > 0;
            continue;
        }
        if (blank) {
            buf_byte(&folded, ' ');
        }
        blank = false;
        buf_byte(&folded, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    put_sized(out, buf_view(&folded));
    buf_deinit(&folded);
}

static bool dist_points_put_value(struct buf *out, const ASN1_STRING *value)
{
    static const unsigned long TEXT = B_ASN1_UTF8STRING | B_ASN1_BMPSTRING |
                                      B_ASN1_UNIVERSALSTRING | B_ASN1_PRINTABLESTRING |
                                      B_ASN1_T61STRING | B_ASN1_IA5STRING | B_ASN1_VISIBLESTRING;
    if (!(ASN1_tag2bit(ASN1_STRING_type(value)) & TEXT)) {
        buf_printf(out, "%d:", ASN1_STRING_type(value));
        put_sized(out, (struct str){(const char *)ASN1_STRING_get0_data(value),
                                    (size_t)ASN1_STRING_length(value)});
        return true;
    }
    unsigned char *utf8 = NULL;
    int n = ASN1_STRING_to_UTF8(&utf8, value);
    if (n < 0) {
        return false;
    }
    buf_byte(out, 't');
    put_folded(out, (struct str){(const char *)utf8, (size_t)n});
    OPENSSL_free(utf8);
    return true;
}

static bool dist_points_put_name(struct buf *out, const X509_NAME *name)
{
    bool ok = true;
    for (int i = 0; ok && i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        unsigned char *oid = NULL;
        int n = i2d_ASN1_OBJECT(X509_NAME_ENTRY_get_object(entry), &oid);
        buf_printf(out, "%d:", X509_NAME_ENTRY_set(entry));
        ok = n > 0;
        if (ok) {
            put_sized(out, (struct str){(const char *)oid, (size_t)n});
            ok = dist_points_put_value(out, X509_NAME_ENTRY_get_data(entry));
        }
        OPENSSL_free(oid);
    }
    return ok;
}

static bool put_general_name(struct buf *out, const GENERAL_NAME *name)
{
    if (name->type == GEN_DIRNAME) {
        buf_byte(out, 'd');
        return dist_points_put_name(out, name->d.directoryName);
    }
    unsigned char *der = NULL;
    int n = i2d_GENERAL_NAME(name, &der);
    buf_byte(out, 'g');
    if (n > 0) {
        buf_append(out, (struct str){(const char *)der, (size_t)n});
    }
    OPENSSL_free(der);
    return n > 0;
}

static bool dist_points_digest(const struct buf *bytes, unsigned char id[static DIST_ID_LEN])
{
    struct str all = buf_view(bytes);
    return EVP_Digest(all.p, all.n, id, NULL, EVP_sha256(), NULL) == 1;
}

/* The id of the i-th name; the one that is relative is completed already. */
static bool name_id(const DIST_POINT_NAME *point, int i, unsigned char id[static DIST_ID_LEN])
{
    struct buf bytes = {0};
    bool ok;
    if (point->type == 0) {
        ok = put_general_name(&bytes, sk_GENERAL_NAME_value(point->name.fullname, i));
    } else {
        buf_byte(&bytes, 'd');
        ok = point->dpname && dist_points_put_name(&bytes, point->dpname);
    }
    ok = ok && dist_points_digest(&bytes, id);
    buf_deinit(&bytes);
    return ok;
}

/* A relative name is one, if there is anything in it. */
static int names_n(const DIST_POINT_NAME *point)
{
    return point->type == 0 ? sk_GENERAL_NAME_num(point->name.fullname)
                            : sk_X509_NAME_ENTRY_num(point->name.relativename) > 0;
}

/* --- text --- */

static void name_text(const DIST_POINT_NAME *point, char out[static DIST_TEXT_MAX])
{
    char dn[DN_SHORT_MAX];
    const GENERAL_NAME *name =
        point->type == 0 ? sk_GENERAL_NAME_value(point->name.fullname, 0) : NULL;
    if (!name || name->type == GEN_DIRNAME) {
        const X509_NAME *directory = name ? name->d.directoryName : point->dpname;
        snprintf(out, DIST_TEXT_MAX, "%s", directory ? dn_short(directory, dn) : "");
        return;
    }
    if (name->type != GEN_URI) {
        snprintf(out, DIST_TEXT_MAX, "a general name of type %d", name->type);
        return;
    }
    const ASN1_STRING *uri = name->d.uniformResourceIdentifier;
    size_t n = (size_t)ASN1_STRING_length(uri);
    n = n < DIST_TEXT_MAX ? n : DIST_TEXT_MAX - 1;
    for (size_t i = 0; i < n; i++) {
        char c = (char)ASN1_STRING_get0_data(uri)[i];
        out[i] = c > ' ' && c <= '~' && c != '"' ? c : '?';
    }
    out[n] = '\0';
}

/* --- certificates --- */

/* 4.2.1.13: no reasons are all of them. */
static uint16_t dist_points_reasons_of(const DIST_POINT *point)
{
    uint16_t reasons = 0;
    if (!point->reasons) {
        return DIST_REASONS_ALL;
    }
    for (int bit = 1; bit <= 8; bit++) {
        reasons |= (uint16_t)(ASN1_BIT_STRING_get_bit(point->reasons, bit) ? 1U << bit : 0);
    }
    return reasons;
}

/* Whether it leads to a CRL of the certificate's own issuer; a relative name is completed then. */
static bool is_usable(const DIST_POINT *point, const X509 *cert)
{
    return point->distpoint && !point->CRLissuer &&
           DIST_POINT_set_dpname(point->distpoint, X509_get_issuer_name(cert)) == 1 &&
           names_n(point->distpoint) > 0;
}

/* What cannot be read is refused by the verification as an invalid extension. */
static CRL_DIST_POINTS *points_get(X509 *cert)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    ERR_clear_error();
    return points;
}

size_t dist_points_of_cert(X509 *cert, struct dist_point out[static DIST_POINTS_MAX])
{
    size_t n = 0;
    CRL_DIST_POINTS *points = points_get(cert);
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        if (!is_usable(point, cert)) {
            continue;
        }
        for (int j = 0; j < names_n(point->distpoint) && n < DIST_POINTS_MAX; j++) {
            if (name_id(point->distpoint, j, out[n].id)) {
                out[n++].reasons = dist_points_reasons_of(point);
            }
        }
    }
    assert(n <= DIST_POINTS_MAX);
    CRL_DIST_POINTS_free(points);
    ERR_clear_error();
    return n;
}

const char *dist_points_text(X509 *cert, char out[static DIST_TEXT_MAX])
{
    CRL_DIST_POINTS *points = points_get(cert);
    out[0] = '\0';
    for (int i = 0; i < sk_DIST_POINT_num(points) && !out[0]; i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        if (is_usable(point, cert)) {
            name_text(point->distpoint, out);
        }
    }
    CRL_DIST_POINTS_free(points);
    ERR_clear_error();
    return out;
}

/* --- CRLs --- */

static int dist_points_id_cmp(const void *a, const void *b)
{
    return memcmp(a, b, DIST_ID_LEN);
}

static bool dist_points_malformed(struct error *err)
{
    return error_set(err, "its issuing distribution point is malformed");
}

static bool put_ids(const DIST_POINT_NAME *point, struct buf *ids, struct error *err)
{
    unsigned char all[DIST_NAMES_MAX][DIST_ID_LEN];
    int n = names_n(point);
    if (n < 1) {
        return dist_points_malformed(err);
    }
    if (n > DIST_NAMES_MAX) {
        return error_set(err, "its issuing distribution point has more than %d names",
                         DIST_NAMES_MAX);
    }
    for (int i = 0; i < n; i++) {
        if (!name_id(point, i, all[i])) {
            return dist_points_malformed(err);
        }
    }
    qsort(all, (size_t)n, DIST_ID_LEN, dist_points_id_cmp);
    for (int i = 0; i < n; i++) {
        if (i == 0 || memcmp(all[i - 1], all[i], DIST_ID_LEN) != 0) {
            buf_append(ids, (struct str){(const char *)all[i], DIST_ID_LEN});
        }
    }
    return true;
}

bool dist_points_of_crl(struct str name, const X509_NAME *issuer, struct buf *ids,
                        char text[static DIST_TEXT_MAX], struct error *err)
{
    const unsigned char *p = (const unsigned char *)name.p;
    DIST_POINT_NAME *point = d2i_DIST_POINT_NAME(NULL, &p, (long)name.n);
    bool ok = point && p == (const unsigned char *)name.p + name.n &&
              DIST_POINT_set_dpname(point, issuer) == 1;
    ok = ok ? put_ids(point, ids, err) : dist_points_malformed(err);
    if (ok) {
        name_text(point, text);
    }
    DIST_POINT_NAME_free(point);
    ERR_clear_error();
    return ok;
}
