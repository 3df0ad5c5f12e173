/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/crl_files.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "pki/crl_set_replace.h"
#include "tls/crl_image_file.h"
#include "tls/crl_paths.h"

enum {
    RESTLESS_MAX = 10, /* looks that each found other files: what never rests is read as it is */
    RETRY_AFTER =
        600, /* looks after which refused files are read again: it may not be their fault */
};

/* What ssl_crl of one or more servers names. */
struct entry {
    struct entry *next;
    struct arena arena;
    struct tls_words paths;
    const char *name;
    STACK_OF(X509) * authorities;
    struct crl_slot *slot;
    int image;  /* in force; -1: none yet */
    char *read; /* how the files looked when they were read last */
    size_t read_n;
    char *seen; /* how they looked last */
    size_t seen_n;
    bool again;        /* they may have changed since without looking different */
    unsigned restless; /* looks in a row at which they had changed since the one before */
    unsigned refused;  /* looks since they were refused; 0: they were not */
    struct error refusal;
};

struct crl_files {
    struct entry *first;
    struct entry **last;
    size_t n;
};

struct crl_files *crl_files_new(void)
{
    struct crl_files *files = must_have(calloc(1, sizeof(*files)));
    files->last = &files->first;
    return files;
}

void crl_files_free(struct crl_files *files)
{
    struct entry *entry = files ? files->first : NULL;
    while (entry) {
        struct entry *next = entry->next;
        if (entry->image >= 0) {
            close(entry->image);
        }
        sk_X509_pop_free(entry->authorities, X509_free);
        crl_slot_free(entry->slot);
        free(entry->read);
        free(entry->seen);
        arena_deinit(&entry->arena);
        free(entry);
        entry = next;
    }
    free(files);
}

/* --- while loading --- */

static bool same_paths(const struct tls_words *a, const struct tls_words *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        same = str_eq(a->items[i], b->items[i]);
    }
    return same;
}

static struct entry *add_entry(struct crl_files *files, const struct tls_words *paths)
{
    assert(paths->n > 0);
    struct entry *entry = must_have(calloc(1, sizeof(*entry)));
    arena_init(&entry->arena, 0);
    struct str *items = arena_alloc(&entry->arena, paths->n * sizeof(*items));
    for (size_t i = 0; i < paths->n; i++) {
        items[i] = (struct str){arena_cstr(&entry->arena, paths->items[i]), paths->items[i].n};
    }
    entry->paths = (struct tls_words){items, paths->n};
    entry->name = arena_join(&entry->arena, paths->items, paths->n, STR("\n")).p;
    entry->authorities = must_have(sk_X509_new_null());
    entry->slot = crl_slot_new();
    entry->image = -1;
    *files->last = entry;
    files->last = &entry->next;
    files->n++;
    return entry;
}

struct crl_slot *crl_files_slot(struct crl_files *files, const struct tls_words *paths,
                                struct str *name)
{
    struct entry *entry = files->first;
    while (entry && !same_paths(&entry->paths, paths)) {
        entry = entry->next;
    }
    if (!entry) {
        entry = add_entry(files, paths);
    }
    *name = str_of(entry->name);
    return entry->slot;
}

static bool has_cert(const STACK_OF(X509) * certs, const X509 *cert)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        if (X509_cmp(sk_X509_value(certs, i), cert) == 0) {
            return true;
        }
    }
    return false;
}

void crl_files_add_authorities(struct crl_files *files, const struct crl_slot *slot,
                               const STACK_OF(X509) * authorities)
{
    struct entry *entry = files->first;
    while (entry->slot != slot) {
        assert(entry->next); /* the slot is one of ours */
        entry = entry->next;
    }
    for (int i = 0; i < sk_X509_num(authorities); i++) {
        X509 *cert = sk_X509_value(authorities, i);
        if (!has_cert(entry->authorities, cert)) {
            X509_up_ref(cert);
            if (!sk_X509_push(entry->authorities, cert)) {
                abort();
            }
        }
    }
}

/* --- reading --- */

static void crl_files_keep(char **copy, size_t *copy_n, struct str text)
{
    *copy = must_have(realloc(*copy, text.n + 1)); /* NOLINT(bugprone-suspicious-realloc-usage) */
    memcpy(*copy, text.p, text.n);
    *copy_n = text.n;
}

static void crl_files_put(struct entry *entry, int image, struct crl_set *set)
{
    assert(image >= 0 && set);
    if (entry->image >= 0) {
        close(entry->image);
    }
    entry->image = image;
    crl_slot_put(entry->slot, set);
}

/* Puts it into force unless it says the same as what is, or is older than `floor`, which may be
 * NULL. Takes image and set over. */
static enum crl_change crl_files_replace(struct entry *entry, int image, struct crl_set *set,
                                         const struct crl_set *floor, struct error *err)
{
    enum crl_change change = CRL_CHANGED;
    struct crl_set *old = crl_slot_ref(entry->slot);
    if (old && memcmp(crl_set_digest(old), crl_set_digest(set), CRL_ID_LEN) == 0) {
        change = CRL_UNCHANGED;
    } else if (floor && !crl_set_may_replace(set, floor, err)) {
        change = CRL_REFUSED;
    }
    crl_set_unref(old);
    if (change == CRL_CHANGED) {
        crl_files_put(entry, image, set);
    } else {
        crl_set_unref(set);
        close(image);
    }
    return change;
}

static enum crl_change make_and_replace(struct entry *entry, const struct crl_paths *paths,
                                        const struct crl_set *floor, struct error *err)
{
    int image;
    struct crl_set *set;
    if (!crl_image_make(paths, entry->authorities, floor, &image, err)) {
        return CRL_REFUSED;
    }
    if (!crl_image_open(image, &set, err)) {
        close(image);
        return CRL_REFUSED;
    }
    return crl_files_replace(entry, image, set, floor, err);
}

/* `floor` (may be NULL): what is in force. */
static enum crl_change read_files(struct entry *entry, const struct crl_paths *paths,
                                  const struct crl_set *floor, struct error *err)
{
    crl_files_keep(&entry->read, &entry->read_n, paths->look);
    entry->again = paths->racy;
    entry->restless = 0;
    enum crl_change change = make_and_replace(entry, paths, floor, err);
    entry->refused = change == CRL_REFUSED;
    return change;
}

/* What is in force of the entry's files, in another process. *out NULL: nothing. */
static bool find_floor(const struct entry *entry, const struct crl_floors *floors,
                       struct crl_set **out, struct error *err)
{
    *out = NULL;
    for (size_t i = 0; floors && i < floors->n; i++) {
        if (strcmp(floors->items[i].name, entry->name) == 0) {
            return crl_image_open(floors->items[i].image, out, err);
        }
    }
    return true;
}

static bool read_first(struct entry *entry, const struct crl_floors *floors, struct error *err)
{
    struct arena arena;
    struct crl_paths paths;
    struct crl_set *floor;
    if (!find_floor(entry, floors, &floor, err)) {
        return false;
    }
    arena_init(&arena, 0);
    crl_paths_look(&entry->paths, &arena, &paths);
    bool ok = read_files(entry, &paths, floor, err) != CRL_REFUSED;
    arena_deinit(&arena);
    crl_set_unref(floor);
    return ok;
}

static struct entry *entry_at(const struct crl_files *files, size_t i)
{
    assert(i < files->n);
    struct entry *entry = files->first;
    while (i-- > 0) {
        entry = entry->next;
    }
    return entry;
}

bool crl_files_load(struct crl_files *files, const struct crl_floors *floors, struct error *err)
{
    bool ok = true;
    for (struct entry *entry = files->first; entry; entry = entry->next) {
        struct error *why = &entry->refusal;
        if (read_first(entry, floors, why)) {
            error_set(why, "%s", "");
            continue;
        }
        *err = ok ? *why : *err;
        ok = false;
    }
    return ok;
}

const char *crl_files_refusal(const struct crl_files *files, size_t i)
{
    return entry_at(files, i)->refusal.text;
}

/* --- while serving --- */

size_t crl_files_n(const struct crl_files *files)
{
    return files->n;
}

const char *crl_files_name(const struct crl_files *files, size_t i)
{
    return entry_at(files, i)->name;
}

bool crl_files_readable(const struct crl_files *files, size_t i, struct error *err)
{
    const struct entry *entry = entry_at(files, i);
    struct crl_paths paths;
    struct arena arena;
    arena_init(&arena, 0);
    crl_paths_look(&entry->paths, &arena, &paths);
    bool ok =
        !paths.unreadable || error_errno(err, paths.errnum, "reading CRL \"%s\"", paths.unreadable);
    for (size_t k = 0; ok && k < paths.n; k++) {
        ok = access(paths.items[k], R_OK) == 0 ||
             error_errno(err, errno, "reading CRL \"%s\"", paths.items[k]);
    }
    arena_deinit(&arena);
    return ok;
}

int crl_files_image(const struct crl_files *files, size_t i)
{
    return entry_at(files, i)->image;
}

static bool crl_files_is_kept(const char *copy, size_t copy_n, struct str text)
{
    return copy && str_eq((struct str){copy, copy_n}, text);
}

/* Why it is time to read them. */
enum cause { NO_CAUSE, CHANGED_FILES, RESTLESS_FILES, ANOTHER_TRY };

static enum cause find_cause(struct entry *entry, const struct crl_paths *paths)
{
    bool settled = crl_files_is_kept(entry->seen, entry->seen_n, paths->look);
    bool news = !crl_files_is_kept(entry->read, entry->read_n, paths->look) ||
                (entry->again && !paths->racy);
    entry->restless = settled ? 0 : entry->restless + 1;
    if (settled && news) {
        return CHANGED_FILES;
    }
    if (entry->restless >= RESTLESS_MAX) {
        return RESTLESS_FILES;
    }
    return entry->refused && entry->refused++ >= RETRY_AFTER ? ANOTHER_TRY : NO_CAUSE;
}

enum crl_change crl_files_look(struct crl_files *files, size_t i, struct error *err)
{
    struct entry *entry = entry_at(files, i);
    struct crl_paths paths;
    struct arena arena;
    enum crl_change change = CRL_UNCHANGED;
    arena_init(&arena, 0);
    crl_paths_look(&entry->paths, &arena, &paths);
    enum cause cause = find_cause(entry, &paths);
    crl_files_keep(&entry->seen, &entry->seen_n, paths.look);
    if (cause != NO_CAUSE) {
        struct crl_set *old = crl_slot_ref(entry->slot);
        change = read_files(entry, &paths, old, err);
        crl_set_unref(old);
    }
    arena_deinit(&arena);
    if (change != CRL_REFUSED) {
        return change;
    }
    /* What was said already is said again for a new change only. */
    bool said = cause != CHANGED_FILES && strcmp(entry->refusal.text, err->text) == 0;
    entry->refusal = *err;
    return said ? CRL_UNCHANGED : CRL_REFUSED;
}

bool crl_files_take(struct crl_files *files, size_t i, int image, struct error *err)
{
    struct crl_set *set;
    if (i >= files->n || !crl_image_open(image, &set, err)) {
        close(image);
        return i < files->n ? false : error_set(err, "there is no slot %zu for CRLs", i);
    }
    crl_files_put(entry_at(files, i), image, set);
    return true;
}
