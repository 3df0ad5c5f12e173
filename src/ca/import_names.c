/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/import_names.h"

#include <assert.h>
#include <stdio.h>

#include "base/error.h"
#include "base/strmap.h"
#include "ca/names.h"

/* Certificates of one subject and kind. */
struct group {
    struct str name;
    struct import_item *current; /* NULL: none of them was found */
};

struct namer {
    struct arena *arena;
    struct strmap groups; /* by kind and subject */
    struct strmap taken;  /* by name */
    int64_t now;
};

static bool letter(char c)
{
    return char_is_alnum(c) || (c && strchr("._-@+", c));
}

struct str import_name_reduce(struct str text, struct arena *arena)
{
    struct str all = str_head(text, 4096);
    char *out = arena_bytes(arena, all.n + 1);
    size_t n = 0;
    struct error why;
    for (size_t i = 0; i < all.n; i++) {
        bool good = letter(all.p[i]);
        if (!good && n > 0 && out[n - 1] == '_') {
            continue;
        }
        if (n == 0 && (all.p[i] == '.' || all.p[i] == '-')) {
            continue;
        }
        out[n++] = good ? all.p[i] : '_';
    }
    struct str name = str_head((struct str){out, n}, ENTRY_NAME_MAX);
    if (entry_name_check(name, &why)) {
        return name;
    }
    return name.n > 0 ? arena_concat(arena, name, STR("_")) : STR("unnamed");
}

static struct str group_key(const struct import_item *item, struct arena *arena)
{
    const struct record *record = &item->record;
    struct str subject = record->subject.n > 0 ? record->subject : item->common;
    return arena_printf(arena, "%d %.*s", (int)record->kind, STR_ARG(subject));
}

/* The name, or the first of NAME-2, NAME-3 … that is free. */
static struct str import_names_name_take(struct namer *namer, struct str wanted,
                                         struct group *group)
{
    assert(wanted.n > 0 && wanted.n <= ENTRY_NAME_MAX);
    struct str name = wanted;
    for (unsigned i = 2; strmap_get(&namer->taken, name); i++) {
        char number[16];
        int n = snprintf(number, sizeof(number), "-%u", i);
        name = arena_concat(namer->arena, str_head(wanted, ENTRY_NAME_MAX - (size_t)n),
                            str_of(number));
    }
    strmap_put(&namer->taken, namer->arena, name, group);
    return name;
}

static int rank(const struct record *record, int64_t now)
{
    return record->revoked_at ? 0 : record->not_after < now ? 1 : 2;
}

static bool better(const struct import_item *a, const struct import_item *b, int64_t now)
{
    int ranks = rank(&a->record, now) - rank(&b->record, now);
    if (ranks != 0) {
        return ranks > 0;
    }
    return a->record.not_before != b->record.not_before
               ? a->record.not_before > b->record.not_before
               : a->line > b->line;
}

static struct group *import_names_group_of(struct namer *namer, const struct import_item *item)
{
    struct str key = group_key(item, namer->arena);
    struct group *group = strmap_get(&namer->groups, key);
    if (!group) {
        group = arena_zalloc(namer->arena, sizeof(*group));
        strmap_put(&namer->groups, namer->arena, key, group);
    }
    return group;
}

/* Called for every item that needs a name. */
typedef void visit_item(struct namer *namer, struct import_item *item);

static void import_names_each(struct namer *namer, struct import_level *levels, size_t n,
                              visit_item *visit)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < levels[i].n; k++) {
            if (!levels[i].items[k]->own) {
                visit(namer, levels[i].items[k]);
            }
        }
    }
}

/* Of what is known by its subject only, the kind is that of the others with this subject. */
static void kind_guess(struct namer *namer, struct import_item *item)
{
    static const enum cert_kind KINDS[] = {KIND_AUTHORITY, KIND_SERVER, KIND_USER};
    struct record *record = &item->record;
    for (size_t i = 0; record->der.n == 0 && i < COUNT_OF(KINDS); i++) {
        record->kind = KINDS[i];
        if (strmap_get(&namer->groups, group_key(item, namer->arena))) {
            return;
        }
        record->kind = KIND_MACHINE;
    }
}

static void group_found(struct namer *namer, struct import_item *item)
{
    if (item->record.der.n == 0) {
        return;
    }
    struct group *group = import_names_group_of(namer, item);
    if (!group->current || better(item, group->current, namer->now)) {
        group->current = item;
    }
}

static void name_by_file(struct namer *namer, struct import_item *item)
{
    struct group *group = import_names_group_of(namer, item);
    if (group->name.n == 0 && item->file_name.n > 0) {
        struct str name = import_name_reduce(item->file_name, namer->arena);
        group->name = import_names_name_take(namer, name, group);
    }
}

static void name_by_itself(struct namer *namer, struct import_item *item)
{
    struct group *group = import_names_group_of(namer, item);
    if (group->name.n == 0) {
        group->name =
            import_names_name_take(namer, import_name_reduce(item->common, namer->arena), group);
    }
    item->record.name = group->name;
    assert(item->record.name.n > 0);
    /* Another CA is known here so that it can be revoked, and not to issue. */
    item->record.current = item == group->current && item->record.kind != KIND_AUTHORITY;
}

void import_names_give(struct import_level *levels, size_t n, int64_t now, struct arena *arena)
{
    struct namer namer = {.arena = arena, .now = now};
    import_names_each(&namer, levels, n, group_found);
    import_names_each(&namer, levels, n, kind_guess);
    import_names_each(&namer, levels, n, name_by_file);
    import_names_each(&namer, levels, n, name_by_itself);
}
