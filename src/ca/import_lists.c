/* SPDX-License-Identifier: Apache-2.0 */
/* The CRLs that another program's CA has published. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "ca/import_level.h"
#include "pki/asn1_time.h"
#include "pki/der.h"
#include "pki/serial.h"

enum { LIST_MAX = 1 << 30, NUMBER_FILE_MAX = 4096, REMOVE_FROM_CRL = 8 };

struct reader {
    struct import_level *level;
    struct import_notes *notes;
    const char *path;
    struct error *err;
};

static int reason_of(const X509_REVOKED *entry)
{
    ASN1_ENUMERATED *value = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    long reason = value ? ASN1_ENUMERATED_get(value) : REASON_UNSPECIFIED;
    ASN1_ENUMERATED_free(value);
    return reason >= 0 && reason <= REASON_MAX ? (int)reason : REASON_UNSPECIFIED;
}

static bool import_lists_entry_take(const struct reader *r, const X509_REVOKED *entry)
{
    struct serial_number serial;
    unsigned char octets[SERIAL_MAX];
    const ASN1_INTEGER *number = X509_REVOKED_get0_serialNumber(entry);
    time_t at;
    int reason = reason_of(entry);
    if (!serial_number_set(&serial, serial_integer_octets(number, octets)) ||
        !asn1_time_get(X509_REVOKED_get0_revocationDate(entry), &at)) {
        return error_set(r->err, "an entry of the CRL \"%s\" has no usable serial number or date",
                         r->path);
    }
    if (X509_REVOKED_get_ext_by_NID(entry, NID_certificate_issuer, -1) >= 0) {
        return error_set(
            r->err, "\"%s\" is an indirect CRL, which is not supported (RFC 5280, 5.3.3)", r->path);
    }
    if (reason == REMOVE_FROM_CRL) {
        return true;
    }
    struct import_item *item = import_level_item(r->level, &serial, r->notes->arena);
    struct record *record = &item->record;
    if (record->revoked_at) {
        return true;
    }
    record->revoked_at = at > 0 ? at : 1;
    record->reason = reason_name(reason) ? reason : REASON_UNSPECIFIED;
    r->level->from_list++;
    if (record->der.n == 0 && item->line == 0) { /* nothing else contains it */
        char text[SERIAL_TEXT_MAX];
        record->kind = KIND_MACHINE;
        item->common = arena_dup(r->notes->arena, str_of(serial_number_text(&serial, text)));
    }
    return true;
}

static bool number_take(const struct reader *r, const X509_CRL *crl)
{
    int64_t number = 0;
    ASN1_INTEGER *value = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    bool ok = !value || (ASN1_INTEGER_get_int64(&number, value) == 1 && number >= 0 &&
                         number < INT64_MAX / 2);
    ASN1_INTEGER_free(value);
    if (number > r->level->number) {
        r->level->number = number;
    }
    return ok || error_set(r->err, "the CRL number in \"%s\" is negative or too large", r->path);
}

/* The one that was made last, if it is complete. */
static void newest_keep(struct import_level *level, X509_CRL *crl)
{
    time_t made;
    time_t before;
    if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0 ||
        !asn1_time_get(X509_CRL_get0_lastUpdate(crl), &made)) {
        return;
    }
    if (level->newest && asn1_time_get(X509_CRL_get0_lastUpdate(level->newest), &before) &&
        before >= made) {
        return;
    }
    X509_CRL_free(level->newest);
    X509_CRL_up_ref(crl);
    level->newest = crl;
}

static bool import_lists_list_take(const struct reader *r, X509_CRL *crl)
{
    struct import_level *level = r->level;
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(level->cert)) != 0) {
        return true; /* another CA's */
    }
    if (X509_CRL_verify(crl, X509_get0_pubkey(level->cert)) != 1) {
        return error_set(r->err, "the CRL in \"%s\" is not signed by the key of \"%s\"", r->path,
                         level->source.cert);
    }
    bool ok = number_take(r, crl);
    for (int i = 0; ok && i < sk_X509_REVOKED_num(entries); i++) {
        ok = import_lists_entry_take(r, sk_X509_REVOKED_value(entries, i));
    }
    newest_keep(level, crl);
    return ok;
}

static bool file_take(const struct reader *r, struct str text)
{
    BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
    bool der = text.n > 0 && text.p[0] == DER_SEQUENCE;
    bool ok = bio;
    bool any = false;
    X509_CRL *crl;
    while (ok && (crl = der ? d2i_X509_CRL_bio(bio, NULL)
                            : PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL))) {
        any = true;
        ok = import_lists_list_take(r, crl);
        X509_CRL_free(crl);
        if (der) {
            break;
        }
    }
    unsigned long code = ERR_peek_last_error();
    bool ended = der || ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    return ok && ((any && ended) || error_set(r->err, "cannot read a CRL from \"%s\"", r->path));
}

/* The number of the next CRL (openssl-ca(1): crlnumber), in hexadecimal. */
static bool next_number_read(struct import_level *level, struct arena *arena, struct error *err)
{
    enum { DIGITS_MAX = 15 };
    struct str text;
    int64_t number = 0;
    const char *path = level->source.crl_number;
    if (!path) {
        return true;
    }
    if (!file_read(path, NUMBER_FILE_MAX, arena, &text, err)) {
        return false;
    }
    struct str digits = str_trim(str_head(text, str_find(text, '\n')));
    digits = str_ends(digits, STR("\r")) ? str_head(digits, digits.n - 1) : digits;
    while (digits.n > 1 && digits.p[0] == '0') {
        digits = str_skip(digits, 1);
    }
    bool ok = digits.n > 0 && digits.n <= DIGITS_MAX;
    for (size_t i = 0; ok && i < digits.n; i++) {
        int digit = char_hex(digits.p[i]);
        ok = digit >= 0;
        number = number * 16 + digit;
    }
    if (!ok) {
        return error_set(err, "no CRL number in \"%s\": up to %d hexadecimal digits expected", path,
                         DIGITS_MAX);
    }
    if (number - 1 > level->number) {
        level->number = number - 1;
    }
    return true;
}

bool import_level_read_lists(struct import_level *level, struct import_notes *notes,
                             struct error *err)
{
    for (size_t i = 0; i < level->source.lists.n; i++) {
        struct str text;
        struct arena arena;
        struct reader r = {level, notes, level->source.lists.items[i].p, err};
        arena_init(&arena, 0);
        bool ok = file_read(r.path, LIST_MAX, &arena, &text, err) && file_take(&r, text);
        arena_deinit(&arena);
        if (!ok) {
            return false;
        }
    }
    return next_number_read(level, notes->arena, err);
}
