/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/crl_write.h"

#include <assert.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "ca/certificate.h"
#include "ca/der_write.h"
#include "ca/publish.h"
#include "pki/der.h"
#include "pki/pem_write.h"

struct entries {
    struct buf der;
    struct buf time; /* DER of `at`: many are revoked in the same second */
    int64_t at;
    int64_t done, total;
    const struct progress *progress;
};

/* crlEntryExtensions with the reason; "unspecified" is left out (RFC 5280, 5.3.1). */
static const unsigned char REASON_EXTENSION[] = {0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55,
                                                 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01};

static void crl_write_entry_add(void *arg, struct str serial, int64_t at, int reason)
{
    struct entries *entries = arg;
    if (entries->time.len == 0 || entries->at != at) {
        buf_clear(&entries->time);
        der_put_time(&entries->time, at);
        entries->at = at;
    }
    struct str time = buf_view(&entries->time);
    size_t extension = reason == REASON_UNSPECIFIED ? 0 : sizeof(REASON_EXTENSION) + 1;
    der_head(&entries->der, DER_SEQUENCE, 2 + serial.n + time.n + extension);
    der_put(&entries->der, DER_INTEGER, serial);
    buf_append(&entries->der, time);
    if (extension) {
        buf_append(&entries->der,
                   (struct str){(const char *)REASON_EXTENSION, sizeof(REASON_EXTENSION)});
        buf_byte(&entries->der, (char)reason);
    }
    entries->done++;
    progress_step(entries->progress, entries->done, entries->total);
}

/* An INTEGER's content: minimal, and positive. */
static struct str integer_octets(int64_t number, char octets[static 9])
{
    assert(number >= 0);
    size_t from = 1;
    octets[0] = 0;
    for (int i = 0; i < 8; i++) {
        octets[1 + i] = (char)((uint64_t)number >> (8 * (7 - i)));
    }
    while (from < 8 && octets[from] == 0) {
        from++;
    }
    if (octets[from] & 0x80) {
        from--;
    }
    return (struct str){octets + from, 9 - from};
}

/* crlExtensions: authority key identifier (5.2.1) and number (5.2.3). */
static bool crl_write_extensions_put(struct buf *out, const struct authority *authority,
                                     int64_t number)
{
    char octets[9];
    unsigned char scratch[EVP_MAX_MD_SIZE];
    struct str id = key_id_of(authority->cert, scratch);
    struct buf key = {0};
    struct buf value = {0};
    struct buf list = {0};
    struct buf sequence = {0};
    der_put(&key, 0x80, id);
    der_put(&value, DER_SEQUENCE, buf_view(&key));
    der_put_extension(&list, 35, false, buf_view(&value));
    buf_clear(&value);
    der_put(&value, DER_INTEGER, integer_octets(number, octets));
    der_put_extension(&list, 20, false, buf_view(&value));
    der_put(&sequence, DER_SEQUENCE, buf_view(&list));
    der_put(out, DER_CONTEXT_0, buf_view(&sequence));
    buf_deinit(&sequence);
    buf_deinit(&list);
    buf_deinit(&value);
    buf_deinit(&key);
    return id.n > 0;
}

/* TBSCertList (RFC 5280, 5.1.2). */
static bool tbs_put(struct buf *out, const struct authority *authority,
                    const struct crl_record *crl, struct str algorithm, struct str entries)
{
    struct buf head = {0};
    struct buf tail = {0};
    unsigned char *name = NULL;
    int n = i2d_X509_NAME(X509_get_subject_name(authority->cert), &name);
    der_put(&head, DER_INTEGER, STR("\x01")); /* version 2 */
    buf_append(&head, algorithm);
    buf_append(&head, (struct str){(char *)name, n > 0 ? (size_t)n : 0});
    der_put_time(&head, crl->this_update);
    der_put_time(&head, crl->next_update);
    if (entries.n > 0) { /* absent when nothing is revoked (5.1.2.6) */
        der_head(&head, DER_SEQUENCE, entries.n);
    }
    bool ok = crl_write_extensions_put(&tail, authority, crl->number);
    buf_reserve(out, head.len + entries.n + tail.len + 8);
    der_head(out, DER_SEQUENCE, head.len + entries.n + tail.len);
    buf_append(out, buf_view(&head));
    buf_append(out, entries);
    buf_append(out, buf_view(&tail));
    OPENSSL_free(name);
    buf_deinit(&tail);
    buf_deinit(&head);
    return ok;
}

static bool times_set(struct ca *ca, const struct authority *authority, int days,
                      struct crl_record *crl, struct error *err)
{
    if (!store_crl(&ca->store, authority->id, crl, err)) {
        return false;
    }
    int64_t now = time(NULL);
    int standard = authority == ca->issuer ? CRL_DAYS : CRL_DAYS_ROOT;
    crl->number++;
    crl->this_update = now - CLOCK_SKEW;
    if (crl->this_update < authority->record.not_before) {
        crl->this_update = authority->record.not_before;
    }
    crl->next_update = now + (int64_t)(days ? days : standard) * 86400;
    if (crl->next_update > authority->record.not_after) {
        crl->next_update = authority->record.not_after;
    }
    return crl->next_update > now ||
           error_set(err, "the %s certificate has expired", authority->name);
}

bool crl_write(struct ca *ca, const struct authority *authority, int days,
               const struct progress *progress, struct error *err)
{
    assert(authority->cert && authority->key);
    struct crl_record crl;
    struct entries entries = {.progress = progress};
    struct buf tbs = {0};
    struct buf der = {0};
    struct buf pem = {0};
    char path[PENDING_NAME_MAX];
    struct buf algorithm = {0};
    bool ok = times_set(ca, authority, days, &crl, err) &&
              store_count_revoked(&ca->store, authority->id, &entries.total, err) &&
              store_each_revoked(&ca->store, authority->id, crl_write_entry_add, &entries, err) &&
              (der_put_algorithm(&algorithm, authority->key) ||
               error_set(err, "the %s key cannot sign CRLs", authority->name));
    if (ok) {
        assert(entries.done == entries.total); /* one transaction sees one state */
        ok = (tbs_put(&tbs, authority, &crl, buf_view(&algorithm), buf_view(&entries.der)) ||
              error_set(err, "no digest for the %s CRL", authority->name)) &&
             der_sign(&der, authority->key, buf_view(&tbs), err);
    }
    if (ok) {
        pem_write_block(&pem, "X509 CRL", buf_view(&der));
        pending_crl_name(authority->name, crl.number, path);
        ok = ca_file_write(&ca->dir, path, buf_view(&pem), 0644, true, err) &&
             ca_dir_sync(&ca->dir, "pending", err) &&
             store_add_crl(&ca->store, authority->id, &crl, err);
    }
    buf_deinit(&pem);
    buf_deinit(&algorithm);
    buf_deinit(&der);
    buf_deinit(&tbs);
    buf_deinit(&entries.time);
    buf_deinit(&entries.der);
    return ok;
}
