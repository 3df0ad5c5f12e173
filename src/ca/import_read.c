/* SPDX-License-Identifier: Apache-2.0 */
/* The first half of an import: what there is, and whether it belongs together. */
#include <assert.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/file.h"
#include "base/vec.h"
#include "ca/import.h"
#include "ca/import_names.h"
#include "pki/asn1_time.h"
#include "pki/cert.h"

/* Which files are the root's and which the issuer's: one directory may be both. */
static bool sources_find(struct import *import, const struct import_order *order, struct error *err)
{
    struct arena *arena = &import->arena;
    const char *root = order->dirs[0];
    const char *second = order->dirs[1] ? order->dirs[1] : import_source_below(root, arena);
    struct import_given of_root = {.cert = order->root_cert, .key = order->root_key};
    struct import_source *first = &import->levels[0].source;
    import->root_key_stays = order->root_key;
    if (!second && !order->root_cert) {
        of_root = order->issuer;
        of_root.key = order->root_key ? order->root_key : order->issuer.key;
        import->n = 1;
        return import_source_find(root, &of_root, arena, first, err);
    }
    import->n = 2;
    if (second) {
        return import_source_find(root, &of_root, arena, first, err) &&
               import_source_find(second, &order->issuer, arena, &import->levels[1].source, err);
    }
    const char *above = arena_cstr(arena, path_dirname(str_of(order->root_cert)));
    *first = (struct import_source){.dir = above, .cert = order->root_cert, .key = order->root_key};
    return import_source_find(root, &order->issuer, arena, &import->levels[1].source, err);
}

static bool check_root(const struct import_level *level, struct error *err)
{
    struct arena arena;
    if (import_level_issued(level, level->cert)) {
        return true;
    }
    arena_init(&arena, 0);
    error_set(err,
              "the certificate in \"%s\" is not a root, it was issued by \"%.*s\": name the root's "
              "directory before this one, or the root certificate with --root-cert FILE",
              level->source.cert, STR_ARG(cert_issuer(level->cert, &arena)));
    arena_deinit(&arena);
    return false;
}

static bool check_chain(const struct import *import, struct error *err)
{
    assert(import->n == 1 || import->n == 2);
    const struct import_level *root = &import->levels[0];
    const struct import_level *issuer = &import->levels[import->n - 1];
    if (!check_root(root, err)) {
        return false;
    }
    for (size_t i = 0; i < import->n; i++) {
        const struct import_level *level = &import->levels[i];
        if (X509_cmp_current_time(X509_get0_notAfter(level->cert)) < 0) {
            return error_set(err, "the CA certificate in \"%s\" has expired", level->source.cert);
        }
    }
    if (import->n == 2 && !import_level_issued(root, issuer->cert)) {
        return error_set(err, "the CA certificate in \"%s\" is not signed by the root in \"%s\"",
                         issuer->source.cert, root->source.cert);
    }
    return issuer->source.key ||
           error_set(err, "no CA key found in \"%s\": name its file with --key FILE",
                     issuer->source.dir);
}

/* The CAs' own certificates, which the root has issued. */
static bool own_add(struct import *import, struct error *err)
{
    static const struct str NAMES[] = {STR_INIT("root"), STR_INIT("intermediate")};
    for (size_t i = 0; i < import->n; i++) {
        const struct import_level *level = &import->levels[i];
        struct import_item *item = import_level_add(&import->levels[0], level->cert,
                                                    level->source.cert, &import->arena, err);
        if (!item) {
            return false;
        }
        item->own = true;
        item->record.kind = KIND_AUTHORITY;
        item->record.name = NAMES[i];
        item->record.current = true;
        item->record.has_key = level->source.key && !(i == 0 && import->root_key_stays);
    }
    return true;
}

static bool levels_read(struct import *import, const struct progress *progress, struct error *err)
{
    for (size_t i = 0; i < import->n; i++) {
        struct import_level *level = &import->levels[i];
        if (!import_level_read_certs(level, &import->notes, progress, err) ||
            !import_level_read_lists(level, &import->notes, err)) {
            return false;
        }
        import_keys_read(&import->keys, level, &import->notes, progress);
    }
    return true;
}

/* What only the index or a CRL speaks of has no beginning, or not even an end. */
static void times_complete(struct record *record, const X509 *issuer)
{
    time_t from = 0;
    time_t until = 0;
    bool known = asn1_time_get(X509_get0_notBefore(issuer), &from) &&
                 asn1_time_get(X509_get0_notAfter(issuer), &until);
    if (known && record->not_after == 0) {
        record->not_after = until;
    }
    if (record->not_before == 0) {
        record->not_before = from;
    }
    if (record->not_before >= record->not_after) {
        record->not_before = record->not_after - 1;
    }
}

static void import_read_complete(struct import *import, int64_t now)
{
    for (size_t i = 0; i < import->n; i++) {
        struct import_level *level = &import->levels[i];
        for (size_t k = 0; k < level->n; k++) {
            const struct record *record = &level->items[k]->record;
            times_complete(&level->items[k]->record, level->cert);
            if (level->items[k]->own) {
                continue;
            }
            import->certificates++;
            import->revoked += record->revoked_at != 0;
            import->expired += record->revoked_at == 0 && record->not_after < now;
            import->absent += record->der.n == 0;
        }
    }
}

/* What is in the notes once for all certificates. */
static void summarise(struct import *import)
{
    for (size_t i = 0; i < import->n; i++) {
        const struct import_level *level = &import->levels[i];
        size_t extra = 0;
        size_t unlisted = 0;
        for (size_t k = 0; k < level->index.n; k++) {
            extra += level->index.items[k].extra.n > 0;
        }
        for (size_t k = 0; k < level->n; k++) {
            const struct import_item *item = level->items[k];
            unlisted += item->line == 0 && item->path && !item->own;
            if (item->record.kind == KIND_AUTHORITY && !item->own) {
                import_note(&import->notes,
                            "%.*s: another CA below \"%s\": it can be revoked here, but does not "
                            "issue here",
                            STR_ARG(item->record.name), level->source.cert);
            }
        }
        if (level->source.unread) {
            import_note(
                &import->notes,
                "%s: not usable as an OpenSSL configuration; searched the usual places instead",
                level->source.unread);
        }
        for (size_t k = 0; k < level->source.outside.n; k++) {
            import_note(&import->notes,
                        "%s: not read: \"%s\" names it, but it is outside of \"%s\"",
                        level->source.outside.items[k].p, level->source.config, level->source.top);
        }
        if (unlisted > 0) {
            import_note(&import->notes, "%zu certificates are not in \"%s\"", unlisted,
                        level->index.path ? level->index.path : "an index");
        }
        if (level->from_list > 0) {
            import_note(&import->notes,
                        "%zu revocations come from CRLs in \"%s\" and are not in its index",
                        level->from_list, level->source.dir);
        }
        if (extra > 0) {
            import_note(&import->notes,
                        "%zu revocations in \"%s\" have a compromise time or a hold instruction: "
                        "the reason was imported, this was not",
                        extra, level->index.path);
        }
    }
}

bool import_read(struct import *import, const struct import_order *order,
                 const struct progress *progress, struct error *err)
{
    int64_t now = time(NULL);
    *import = (struct import){.levels = {{.id = CA_ROOT}, {.id = CA_INTERMEDIATE}}};
    arena_init(&import->arena, 0);
    import->notes.arena = &import->arena;
    if (!sources_find(import, order, err)) {
        return false;
    }
    if (order->root_list) {
        struct import_places *lists = &import->levels[0].source.lists;
        struct str *item = vec_push(&import->arena, &lists->items, &lists->n, sizeof(*item));
        *item = str_of(order->root_list);
    }
    for (size_t i = 0; i < import->n; i++) {
        if (!import_level_open(&import->levels[i], &import->arena, err)) {
            return false;
        }
    }
    if (!check_chain(import, err) || !own_add(import, err) || !levels_read(import, progress, err)) {
        return false;
    }
    import_names_give(import->levels, import->n, now, &import->arena);
    import_read_complete(import, now);
    summarise(import);
    return true;
}

void import_deinit(struct import *import)
{
    for (size_t i = 0; i < IMPORT_LEVELS; i++) {
        import_level_deinit(&import->levels[i]);
    }
    arena_deinit(&import->arena);
}
