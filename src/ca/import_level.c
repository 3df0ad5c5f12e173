/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/import_level.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/file.h"
#include "base/vec.h"
#include "ca/key.h"
#include "ca/san.h"
#include "ca/subject.h"
#include "pki/asn1_time.h"
#include "pki/bundle.h"
#include "pki/cert.h"
#include "pki/dn.h"

enum { CERT_FILE_MAX = 1 << 20, INDEX_MAX = 1 << 30 };

void import_note(struct import_notes *notes, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    struct str *note = vec_push(notes->arena, &notes->items, &notes->n, sizeof(*note));
    *note = arena_dup(notes->arena, str_of(text));
}

struct import_item *import_level_item(struct import_level *level,
                                      const struct serial_number *serial, struct arena *arena)
{
    struct import_item *item = strmap_get(&level->by_serial, serial_number_octets(serial));
    if (item) {
        return item;
    }
    item = arena_zalloc(arena, sizeof(*item));
    item->record.serial = *serial;
    item->record.issuer = level->id;
    strmap_put(&level->by_serial, arena, serial_number_octets(&item->record.serial), item);
    *(struct import_item **)vec_push(arena, &level->items, &level->n, sizeof(item)) = item;
    return item;
}

/* What the index knows of a certificate that may never be found. */
static void import_level_entry_take(struct import_level *level, const struct index_entry *entry,
                                    struct arena *arena)
{
    struct error why;
    struct import_item *item = import_level_item(level, &entry->serial, arena);
    struct record *record = &item->record;
    X509_NAME *name = subject_parse(entry->subject, &why);
    item->line = entry->line;
    record->kind = KIND_MACHINE;
    record->subject = name ? dn_text(name, arena) : entry->subject;
    record->not_after = entry->not_after;
    record->revoked_at = entry->revoked_at;
    record->reason = entry->reason;
    struct str subject = entry->subject;
    size_t cn = str_search(subject, STR("/CN="));
    if (cn < subject.n) {
        struct str rest = str_skip(subject, cn + 4);
        item->common = str_head(rest, str_find(rest, '/'));
    }
    X509_NAME_free(name);
    ERR_clear_error();
}

static bool import_level_cert_read(struct import_level *level, struct arena *arena,
                                   struct error *err)
{
    const char *path = level->source.cert;
    struct trust_source source = {.name = path};
    STACK_OF(X509) *certs = sk_X509_new_null();
    bool ok = certs && file_read(path, CERT_FILE_MAX, arena, &source.pem, err) &&
              bundle_certs(&source, certs, err);
    level->cert = ok ? sk_X509_shift(certs) : NULL;
    sk_X509_pop_free(certs, X509_free);
    if (level->cert && X509_check_ca(level->cert) == 0) {
        return error_set(err, "the certificate in \"%s\" is not a CA certificate", path);
    }
    if (level->cert) {
        unsigned char *der = NULL;
        int n = i2d_X509(level->cert, &der);
        level->der = arena_dup(arena, (struct str){(char *)der, n > 0 ? (size_t)n : 0});
        OPENSSL_free(der);
    }
    return level->cert;
}

bool import_level_open(struct import_level *level, struct arena *arena, struct error *err)
{
    struct str text;
    if (!import_level_cert_read(level, arena, err)) {
        return false;
    }
    if (!level->source.index) {
        return true;
    }
    if (!file_read(level->source.index, INDEX_MAX, arena, &text, err) ||
        !index_file_parse(text, level->source.index, arena, &level->index, err)) {
        return false;
    }
    for (size_t i = 0; i < level->index.n; i++) {
        import_level_entry_take(level, &level->index.items[i], arena);
    }
    return true;
}

void import_level_deinit(struct import_level *level)
{
    X509_CRL_free(level->newest);
    EVP_PKEY_free(level->key);
    X509_free(level->cert);
    *level = (struct import_level){.id = level->id};
}

bool import_level_issued(const struct import_level *level, X509 *cert)
{
    assert(level->cert);
    bool issued =
        X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(level->cert)) == 0 &&
        X509_verify(cert, X509_get0_pubkey(level->cert)) == 1;
    ERR_clear_error();
    return issued;
}

/* What it may be used for (RFC 5280, 4.2.1.12), and by which kind of peer. */
static enum cert_kind import_level_kind_of(X509 *cert, const GENERAL_NAMES *names)
{
    uint32_t usage = X509_get_extended_key_usage(cert);
    const X509_NAME *subject = X509_get_subject_name(cert);
    bool mail = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, -1) >= 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        mail = mail || sk_GENERAL_NAME_value(names, i)->type == GEN_EMAIL;
    }
    if (cert_is_authority(cert)) {
        return KIND_AUTHORITY;
    }
    if (usage == UINT32_MAX) { /* there is none */
        return KIND_MACHINE;
    }
    return usage & XKU_SSL_SERVER ? KIND_SERVER : mail ? KIND_USER : KIND_MACHINE;
}

/* The last common name, else a mail address in the subject, else the first alternative name. */
static struct str common_of(X509 *cert, struct str sans, struct arena *arena)
{
    static const int FIELDS[] = {NID_commonName, NID_pkcs9_emailAddress};
    const X509_NAME *subject = X509_get_subject_name(cert);
    for (size_t i = 0; i < COUNT_OF(FIELDS); i++) {
        int last = -1;
        for (int at; (at = X509_NAME_get_index_by_NID(subject, FIELDS[i], last)) >= 0;) {
            last = at;
        }
        unsigned char *text = NULL;
        int n = last < 0 ? -1
                         : ASN1_STRING_to_UTF8(
                               &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
        struct str name = arena_dup(arena, (struct str){(char *)text, n > 0 ? (size_t)n : 0});
        OPENSSL_free(text);
        if (name.n > 0) {
            return name;
        }
    }
    ERR_clear_error();
    struct str first = str_head(sans, str_find(sans, ','));
    return str_skip(first, str_find(first, ':') < first.n ? str_find(first, ':') + 1 : 0);
}

static bool times_take(struct record *record, const X509 *cert)
{
    time_t from;
    time_t until;
    if (!asn1_time_get(X509_get0_notBefore(cert), &from) ||
        !asn1_time_get(X509_get0_notAfter(cert), &until)) {
        return false;
    }
    record->not_before = from;
    record->not_after = until;
    return true;
}

/* What the certificate says itself, over what the index said. */
static bool fields_take(struct import_item *item, X509 *cert, struct arena *arena)
{
    struct record *record = &item->record;
    struct buf public_key = {0};
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    record->kind = import_level_kind_of(cert, names);
    record->subject = dn_text(X509_get_subject_name(cert), arena);
    record->sans = san_text(names, arena);
    item->common = common_of(cert, record->sans, arena);
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    if (key && key_write_public(key, &public_key)) {
        item->public_key = arena_dup(arena, buf_view(&public_key));
    }
    buf_deinit(&public_key);
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    ERR_clear_error();
    return times_take(record, cert);
}

struct import_item *import_level_add(struct import_level *level, X509 *cert, const char *path,
                                     struct arena *arena, struct error *err)
{
    struct serial_number serial;
    char text[SERIAL_TEXT_MAX];
    unsigned char *der = NULL;
    if (!serial_number_of(cert, &serial)) {
        error_set(
            err,
            "the serial number of the certificate in \"%s\" is negative or longer than 20 octets",
            path);
        return NULL;
    }
    struct import_item *item = import_level_item(level, &serial, arena);
    int n = i2d_X509(cert, &der);
    struct str bytes = {(char *)der, n > 0 ? (size_t)n : 0};
    bool ok = true;
    if (item->record.der.n == 0) {
        item->path = arena_cstr(arena, str_of(path));
        item->record.der = arena_dup(arena, bytes);
        ok = fields_take(item, cert, arena) ||
             error_set(err, "cannot read the validity dates of the certificate in \"%s\"", path);
    } else if (!str_eq(item->record.der, bytes)) {
        ok = error_set(err, "the certificates in \"%s\" and \"%s\" have the same serial number, %s",
                       item->path, path, serial_number_text(&serial, text));
    }
    OPENSSL_free(der);
    return ok ? item : NULL;
}
