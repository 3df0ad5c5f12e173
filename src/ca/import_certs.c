/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates that are found in the folders of another program's CA. */
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "ca/import_level.h"
#include "pki/bundle.h"

enum { CERT_FILE_MAX = 1 << 20 };

struct reader {
    struct import_level *level;
    struct import_notes *notes;
    bool named; /* files are called by names, as in easy-rsa's issued/ */
    struct error *err;
};

static struct str without_suffix(struct str name)
{
    static const struct str SUFFIXES[] = {STR_INIT(".pem"), STR_INIT(".crt"), STR_INIT(".cer"),
                                          STR_INIT(".cert")};
    for (size_t i = 0; i < COUNT_OF(SUFFIXES); i++) {
        if (str_ends(name, SUFFIXES[i])) {
            return str_head(name, name.n - SUFFIXES[i].n);
        }
    }
    return STR("");
}

/* The line of the index that the file is called by; NULL: it is not called by a serial number. */
static const struct index_entry *import_certs_entry_of(const struct reader *r, struct str stem)
{
    struct serial_number serial;
    return stem.n >= 2 && stem.n % 2 == 0 && str_find(stem, ':') == stem.n &&
                   serial_number_parse(stem, &serial)
               ? index_file_find(&r->level->index, &serial)
               : NULL;
}

/* A file that is called by a serial number keeps what it is called by. */
static bool check_entry(const struct reader *r, const struct index_entry *entry, X509 *cert,
                        const char *path)
{
    struct serial_number serial;
    char text[SERIAL_TEXT_MAX];
    const struct index_file *index = &r->level->index;
    if (!serial_number_of(cert, &serial) || !serial_number_eq(&serial, &entry->serial)) {
        return error_set(r->err,
                         "the certificate in \"%s\" does not have the serial number in %s:%zu, %s",
                         path, index->path, entry->line, serial_number_text(&entry->serial, text));
    }
    return import_level_issued(r->level, cert) ||
           error_set(r->err, "the certificate in \"%s\" (%s:%zu) is not signed by the CA in \"%s\"",
                     path, index->path, entry->line, r->level->source.cert);
}

static bool import_certs_take(const struct reader *r, X509 *cert, const char *path, struct str stem)
{
    struct arena *arena = r->notes->arena;
    if (!import_level_issued(r->level, cert)) {
        if (X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(r->level->cert)) == 0) {
            import_note(r->notes, "%s: not imported: not signed by the key of \"%s\"", path,
                        r->level->source.cert);
        }
        return true;
    }
    struct import_item *item = import_level_add(r->level, cert, path, arena, r->err);
    if (item && r->named && item->file_name.n == 0) {
        item->file_name = arena_dup(arena, stem);
    }
    return item;
}

static bool read_certs(const struct reader *r, const struct trust_source *source, struct str stem)
{
    struct error why;
    STACK_OF(X509) *certs = sk_X509_new_null();
    const struct index_entry *entry = import_certs_entry_of(r, stem);
    bool ok = true;
    if (!certs || !bundle_certs(source, certs, &why)) {
        ok = entry ? error_set(r->err, "%s:%zu: %s", r->level->index.path, entry->line, why.text)
                   : true;
        import_note(r->notes, "%s: not imported: %s", source->name, why.text);
    }
    int n = sk_X509_num(certs);
    ok = ok && (!entry || n <= 0 || check_entry(r, entry, sk_X509_value(certs, 0), source->name));
    for (int i = 0; ok && i < n; i++) {
        ok = import_certs_take(r, sk_X509_value(certs, i), source->name, stem);
    }
    sk_X509_pop_free(certs, X509_free);
    ERR_clear_error();
    return ok;
}

static bool read_one(const struct reader *r, const char *folder, const char *name)
{
    struct stat st;
    struct arena arena;
    struct trust_source source;
    struct str stem = without_suffix(str_of(name));
    if (stem.n == 0) {
        return true;
    }
    arena_init(&arena, 0);
    source.name = path_resolve(&arena, str_of(folder), str_of(name));
    bool ok = stat(source.name, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > CERT_FILE_MAX;
    if (!ok) {
        ok = file_read(source.name, CERT_FILE_MAX, &arena, &source.pem, r->err) &&
             (str_search(source.pem, STR("-----BEGIN CERTIFICATE-----")) == source.pem.n ||
              read_certs(r, &source, stem));
        OPENSSL_cleanse((void *)(uintptr_t)source.pem.p, source.pem.n); /* a key may be beside it */
    }
    arena_deinit(&arena);
    return ok;
}

static bool import_certs_read_folder(struct reader *r, const char *folder,
                                     const struct progress *progress)
{
    struct dirent **entries = NULL;
    bool ok = true;
    r->named = str_ends(str_of(folder), STR("issued"));
    int n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0) {
        return error_errno(r->err, errno, "opendir() \"%s\"", folder);
    }
    for (int i = 0; i < n; i++) {
        ok = ok && read_one(r, folder, entries[i]->d_name);
        free(entries[i]);
        progress_step(progress, i + 1, n);
    }
    free(entries);
    return ok;
}

/* What the index names itself, which openssl never does, and other programs may. */
static bool read_named(struct reader *r)
{
    struct arena *arena = r->notes->arena;
    const struct import_source *source = &r->level->source;
    for (size_t i = 0; i < r->level->index.n; i++) {
        const struct index_entry *entry = &r->level->index.items[i];
        if (entry->file.n == 0) {
            continue;
        }
        const char *path = path_resolve(arena, str_of(source->dir), entry->file);
        struct stat st;
        if (stat(path, &st) == 0 && !read_one(r, ".", path)) {
            return false;
        }
    }
    return true;
}

bool import_level_read_certs(struct import_level *level, struct import_notes *notes,
                             const struct progress *progress, struct error *err)
{
    struct reader r = {.level = level, .notes = notes, .err = err};
    for (size_t i = 0; i < level->source.certs.n; i++) {
        if (!import_certs_read_folder(&r, level->source.certs.items[i].p, progress)) {
            return false;
        }
    }
    r.named = false;
    return read_named(&r);
}
