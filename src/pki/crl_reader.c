/* SPDX-License-Identifier: Apache-2.0 */
/* Reading CRLs without holding them. */
#include "pki/crl_reader.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "pki/crl_signature.h"
#include "pki/signature_rule.h"

enum { WHOLE_MAX = 256 * 1024 * 1024, DAY = 24 * 60 * 60 };

void crl_reader_init(struct crl_reader *reader, const struct byte_source *source)
{
    *reader = (struct crl_reader){.signature_nid = NID_undef};
    der_stream_init(&reader->stream, source);
    for (size_t i = 0; i < COUNT_OF(reader->hashes); i++) {
        reader->hashes[i] = must_have(EVP_MD_CTX_new());
    }
}

void crl_reader_deinit(struct crl_reader *reader)
{
    for (size_t i = 0; i < COUNT_OF(reader->hashes); i++) {
        EVP_MD_CTX_free(reader->hashes[i]);
    }
    der_stream_deinit(&reader->stream);
    X509_NAME_free(reader->issuer);
    buf_deinit(&reader->issuer_der);
    buf_deinit(&reader->algorithm);
    buf_deinit(&reader->extensions_der);
    buf_deinit(&reader->points);
    buf_deinit(&reader->signature);
    buf_deinit(&reader->whole);
}

bool crl_reader_ended(struct crl_reader *reader, bool *ended, struct error *err)
{
    return der_stream_ended(&reader->stream, ended, err);
}

static bool not_a_list(struct error *err, const char *why)
{
    return error_set(err, "not a valid CRL: %s", why);
}

/* --- what is passed ------------------------------------------------------------------------------
 */

static bool whole_append(struct crl_reader *reader, const unsigned char *p, size_t n,
                         struct error *err)
{
    if (buf_size(&reader->whole) + n > WHOLE_MAX) {
        return error_set(err, "a CRL with this signature algorithm must not be larger than %d MB",
                         WHOLE_MAX / 1024 / 1024);
    }
    buf_append(&reader->whole, (struct str){(const char *)p, n});
    return true;
}

static bool hash_update(struct crl_reader *reader, const unsigned char *p, size_t n,
                        struct error *err)
{
    return (EVP_DigestUpdate(reader->hashes[0], p, n) == 1 &&
            (!reader->digest_n || EVP_MD_CTX_get0_md(reader->hashes[1]) == NULL ||
             EVP_DigestUpdate(reader->hashes[1], p, n) == 1)) ||
           error_set(err, "OpenSSL failed to hash the CRL");
}

static bool saw_tbs(void *arg, const unsigned char *p, size_t n, struct error *err)
{
    struct crl_reader *reader = arg;
    return hash_update(reader, p, n, err) &&
           (!reader->keeps_whole || whole_append(reader, p, n, err));
}

static bool saw_rest(void *arg, const unsigned char *p, size_t n, struct error *err)
{
    return whole_append(arg, p, n, err);
}

/* From the algorithm it is known how the TBSCertList, which is in the buffer so far, is hashed. */
static bool hash_start(struct crl_reader *reader, size_t outer, struct error *err)
{
    int nid = crl_signature_digest(reader->signature_nid);
    reader->keeps_whole = nid == NID_undef;
    reader->digest_n = 0;
    bool ok = EVP_DigestInit_ex(reader->hashes[0], EVP_sha256(), NULL) == 1;
    EVP_MD_CTX_reset(reader->hashes[1]);
    if (ok && !reader->keeps_whole) {
        const EVP_MD *md = EVP_get_digestbynid(nid);
        if (!md || EVP_MD_get_size(md) > CRL_DIGEST_MAX ||
            (nid != NID_sha256 && EVP_DigestInit_ex(reader->hashes[1], md, NULL) != 1)) {
            return error_set(err, "OpenSSL does not know its signature algorithm");
        }
        reader->digest_n = (unsigned)EVP_MD_get_size(md);
    }
    if (!ok) {
        return error_set(err, "OpenSSL failed to hash the CRL");
    }
    if (reader->keeps_whole &&
        !whole_append(reader, reader->stream.buf + reader->stream.unseen, outer, err)) {
        return false;
    }
    der_stream_tap(&reader->stream, outer, saw_tbs, reader);
    return true;
}

static bool hash_end(struct crl_reader *reader, struct error *err)
{
    assert(reader->keeps_whole == (reader->digest_n == 0)); /* a digest or all of it */
    struct der_stream *stream = &reader->stream;
    if (!der_stream_flush(stream, err)) {
        return false;
    }
    der_stream_tap(stream, 0, reader->keeps_whole ? saw_rest : NULL, reader);
    bool own = reader->digest_n && EVP_MD_CTX_get0_md(reader->hashes[1]);
    bool ok = EVP_DigestFinal_ex(reader->hashes[0], reader->sha256, NULL) == 1 &&
              (!own || EVP_DigestFinal_ex(reader->hashes[1], reader->digest, NULL) == 1);
    if (!own && reader->digest_n) {
        memcpy(reader->digest, reader->sha256, sizeof(reader->sha256));
    }
    return ok || error_set(err, "OpenSSL failed to hash the CRL");
}

/* --- the CRL's own fields --- */

static bool crl_reader_keep(struct buf *out, struct str bytes)
{
    buf_clear(out);
    buf_append(out, bytes);
    return true;
}

static bool algorithm_read(struct crl_reader *reader, struct error *err)
{
    struct str whole;
    if (!der_stream_take(&reader->stream, DER_SEQUENCE, reader->tbs_end, &whole, err)) {
        return false;
    }
    const unsigned char *p = (const unsigned char *)whole.p;
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &p, (long)whole.n);
    const ASN1_OBJECT *object = NULL;
    if (algorithm) {
        X509_ALGOR_get0(&object, NULL, NULL, algorithm);
        reader->signature_nid = OBJ_obj2nid(object);
    }
    bool ok = algorithm && p == (const unsigned char *)whole.p + whole.n;
    ok = ok ? signature_counts(algorithm, err)
            : not_a_list(err, "its signature algorithm is malformed");
    X509_ALGOR_free(algorithm);
    ERR_clear_error();
    return ok && crl_reader_keep(&reader->algorithm, whole);
}

static bool issuer_read(struct crl_reader *reader, struct error *err)
{
    struct str whole;
    if (!der_stream_take(&reader->stream, DER_SEQUENCE, reader->tbs_end, &whole, err)) {
        return false;
    }
    const unsigned char *p = (const unsigned char *)whole.p;
    reader->issuer = d2i_X509_NAME(NULL, &p, (long)whole.n);
    ERR_clear_error();
    if (!reader->issuer || p != (const unsigned char *)whole.p + whole.n) {
        X509_NAME_free(reader->issuer);
        reader->issuer = NULL;
        return not_a_list(err, "its issuer is malformed");
    }
    return crl_reader_keep(&reader->issuer_der, whole);
}

static bool crl_reader_is_time(uint8_t tag)
{
    return tag == DER_UTC_TIME || tag == DER_GENERALIZED_TIME;
}

static bool time_read(struct crl_reader *reader, uint8_t tag, int64_t *out, struct error *err)
{
    struct str whole, content;
    return der_stream_take(&reader->stream, tag, reader->tbs_end, &whole, err) &&
           ((der_expect(&whole, tag, &content) && der_time(tag, content, out)) ||
            not_a_list(err, "a date is malformed"));
}

static bool dates_read(struct crl_reader *reader, struct error *err)
{
    struct der_header header;
    if (!der_stream_peek(&reader->stream, reader->tbs_end, &header, err)) {
        return false;
    }
    if (!crl_reader_is_time(header.tag)) {
        return not_a_list(err, "it has no thisUpdate");
    }
    if (!time_read(reader, header.tag, &reader->this_update, err)) {
        return false;
    }
    reader->next_update = 0;
    if (reader->stream.at == reader->tbs_end) {
        return true;
    }
    if (!der_stream_peek(&reader->stream, reader->tbs_end, &header, err)) {
        return false;
    }
    if (!crl_reader_is_time(header.tag)) {
        return true;
    }
    bool ok = time_read(reader, header.tag, &reader->next_update, err);
    /* Long past is long past; 0 is for none, and no grace may lead there. */
    reader->next_update = reader->next_update < 1 ? 1 : reader->next_update;
    return ok;
}

/* RFC 5280, 5.1.2.1: it is there for version 2, and then it is 1. */
static bool version_read(struct crl_reader *reader, struct error *err)
{
    struct der_header header;
    struct str whole;
    if (!der_stream_peek(&reader->stream, reader->tbs_end, &header, err)) {
        return false;
    }
    reader->v2 = header.tag == DER_INTEGER;
    if (!reader->v2) {
        return true;
    }
    return der_stream_take(&reader->stream, DER_INTEGER, reader->tbs_end, &whole, err) &&
           (str_eq(whole, STR("\x02\x01\x01")) || not_a_list(err, "its version is unknown"));
}

/* RFC 5280, 5.1.2.6: where nothing is revoked, the sequence is absent. */
static bool entries_enter(struct crl_reader *reader, struct error *err)
{
    return der_stream_enter(&reader->stream, DER_SEQUENCE, reader->tbs_end, &reader->entries_end,
                            err) &&
           (reader->entries_end > reader->stream.at ||
            not_a_list(err, "its sequence of revoked certificates is empty"));
}

bool crl_reader_begin(struct crl_reader *reader, struct error *err)
{
    struct der_stream *stream = &reader->stream;
    X509_NAME_free(reader->issuer);
    reader->issuer = NULL;
    reader->extensions = (struct crl_extensions){.scope = CRL_ALL, .reasons = DIST_REASONS_ALL};
    reader->point_text[0] = '\0';
    buf_clear(&reader->points);
    reader->entries_n = 0;
    reader->entries_end = 0;
    buf_clear(&reader->whole);
    der_stream_hold(stream);
    uint64_t outer = stream->at;
    if (!der_stream_enter(stream, DER_SEQUENCE, UINT64_MAX, &reader->list_end, err)) {
        return false;
    }
    outer = stream->at - outer;
    if (!der_stream_enter(stream, DER_SEQUENCE, reader->list_end, &reader->tbs_end, err) ||
        !version_read(reader, err) || !algorithm_read(reader, err) ||
        !hash_start(reader, (size_t)outer, err) || !issuer_read(reader, err) ||
        !dates_read(reader, err)) {
        return false;
    }
    if (stream->at == reader->tbs_end) {
        return true;
    }
    struct der_header header;
    if (!der_stream_peek(stream, reader->tbs_end, &header, err)) {
        return false;
    }
    return header.tag != DER_SEQUENCE || entries_enter(reader, err);
}

/* --- entries --- */

static bool entry_day(struct crl_reader *reader, uint8_t tag, struct str date, uint16_t *out)
{
    if (tag == DER_UTC_TIME && date.n == 13 && reader->date[0] &&
        memcmp(reader->date, date.p, sizeof(reader->date)) == 0) {
        /* The day is known; the time of day is not kept, but has to be one. */
        bool ok = date.p[12] == 'Z' && date.p[6] <= '2' && date.p[8] <= '5' && date.p[10] <= '5' &&
                  (date.p[6] < '2' || date.p[7] < '4');
        for (size_t i = 6; i < 12; i++) {
            ok = ok && char_is_digit(date.p[i]);
        }
        *out = reader->date_day;
        return ok;
    }
    int64_t seconds;
    if (!der_time(tag, date, &seconds)) {
        return false;
    }
    int64_t day = seconds < 0 ? 0 : seconds / DAY;
    *out = day > UINT16_MAX ? UINT16_MAX : (uint16_t)day;
    if (tag == DER_UTC_TIME) {
        memcpy(reader->date, date.p, sizeof(reader->date));
        reader->date_day = *out;
    }
    return true;
}

static bool entry_parse(struct crl_reader *reader, struct str in, struct crl_entry *out,
                        struct error *err)
{
    struct str content, serial, date;
    uint8_t tag;
    if (!der_expect(&in, DER_SEQUENCE, &content) || !der_expect(&content, DER_INTEGER, &serial) ||
        !der_integer_valid(serial)) {
        return not_a_list(err, "an entry has a malformed serial number");
    }
    if (serial.n > CRL_SERIAL_MAX) {
        return error_set(err, "an entry has a serial number of more than %d octets",
                         CRL_SERIAL_MAX);
    }
    if (!der_next(&content, &tag, &date) || !entry_day(reader, tag, date, &out->day)) {
        return not_a_list(err, "an entry has a malformed date");
    }
    out->serial = (const unsigned char *)serial.p;
    out->serial_n = (uint8_t)serial.n;
    out->reason = 0;
    if (!content.n) {
        return true;
    }
    if (!reader->v2) {
        return not_a_list(err, "an entry has extensions, which version 1 does not allow");
    }
    return crl_entry_extensions_parse(content, &out->reason, err);
}

bool crl_reader_entry(struct crl_reader *reader, struct crl_entry *out, bool *more,
                      struct error *err)
{
    *more = reader->stream.at < reader->entries_end;
    if (!*more) {
        return true;
    }
    struct str whole;
    reader->entries_n++;
    return (der_stream_take(&reader->stream, DER_SEQUENCE, reader->entries_end, &whole, err) &&
            entry_parse(reader, whole, out, err)) ||
           error_prefix(err, "entry %llu", (unsigned long long)reader->entries_n);
}

/* --- what follows the entries --- */

static bool extensions_read(struct crl_reader *reader, struct error *err)
{
    if (reader->stream.at == reader->tbs_end) {
        return true;
    }
    struct str whole, content;
    if (!der_stream_take(&reader->stream, DER_CONTEXT_0, reader->tbs_end, &whole, err)) {
        return false;
    }
    if (!reader->v2) {
        return not_a_list(err, "it has extensions, which version 1 does not allow");
    }
    if (!der_expect(&whole, DER_CONTEXT_0, &content)) {
        return not_a_list(err, "its extensions are malformed");
    }
    crl_reader_keep(&reader->extensions_der, content);
    return crl_extensions_parse(buf_view(&reader->extensions_der), &reader->extensions, err) &&
           (!reader->extensions.point.n ||
            dist_points_of_crl(reader->extensions.point, reader->issuer, &reader->points,
                               reader->point_text, err)) &&
           (reader->stream.at == reader->tbs_end ||
            not_a_list(err, "it has bytes after its extensions"));
}

static bool signature_read(struct crl_reader *reader, struct error *err)
{
    struct str whole, content;
    if (!der_stream_take(&reader->stream, DER_SEQUENCE, reader->list_end, &whole, err)) {
        return false;
    }
    if (!str_eq(whole, buf_view(&reader->algorithm))) { /* RFC 5280, 5.1.1.2 */
        return error_set(err, "its two signature algorithms differ");
    }
    if (!der_stream_take(&reader->stream, DER_BIT_STRING, reader->list_end, &whole, err)) {
        return false;
    }
    if (!der_expect(&whole, DER_BIT_STRING, &content) || !content.n || content.p[0] != 0) {
        return not_a_list(err, "its signature is malformed");
    }
    crl_reader_keep(&reader->signature, str_skip(content, 1));
    return reader->stream.at == reader->list_end ||
           not_a_list(err, "it has bytes after its signature");
}

bool crl_reader_end(struct crl_reader *reader, struct error *err)
{
    assert(reader->stream.at >= reader->entries_end); /* each entry was read */
    return extensions_read(reader, err) && hash_end(reader, err) && signature_read(reader, err) &&
           der_stream_flush(&reader->stream, err);
}
