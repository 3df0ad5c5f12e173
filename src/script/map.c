/* SPDX-License-Identifier: Apache-2.0 */
/* map: a value looked up by another. */
#include "script/map.h"

#include <assert.h>

#include "base/strmap.h"
#include "base/vec.h"

struct map_regex {
    const struct regex *regex;
    struct template value;
};

struct map {
    struct arena *arena;
    struct template subject;
    bool hostnames;
    bool has_default;
    struct template default_value;
    struct strmap exact;    /* "name" -> struct template */
    struct strmap prefixes; /* of "*.name": ".name" */
    struct strmap suffixes; /* of "name.*": "name." */
    struct map_regex *regexes;
    size_t regexes_n;
};

struct map *map_new(struct arena *arena, struct template subject)
{
    struct map *map = arena_zalloc(arena, sizeof(*map));
    map->arena = arena;
    map->subject = subject;
    map->exact.ignore_case = true;
    map->prefixes.ignore_case = true;
    map->suffixes.ignore_case = true;
    return map;
}

void map_set_hostnames(struct map *map)
{
    map->hostnames = true;
}

/* False when the key is already there. */
static bool key_put(struct map *map, struct strmap *keys, struct str key, struct template *value)
{
    assert(value);
    if (strmap_get(keys, key)) {
        return false;
    }
    strmap_put(keys, map->arena, key, value);
    return true;
}

/* nginx: no "..", no NUL, at most one '*'. */
static bool hostname_is_valid(struct str key)
{
    size_t stars = 0;
    for (size_t i = 0; i < key.n; i++) {
        stars += key.p[i] == '*';
        if (key.p[i] == '\0' || (key.p[i] == '.' && i + 1 < key.n && key.p[i + 1] == '.')) {
            return false;
        }
    }
    return stars <= 1;
}

/* *added is false for a duplicate; the function is false for a key that is no name or mask. */
static bool hostname_add(struct map *map, struct str key, struct template *value, bool *added)
{
    if (!hostname_is_valid(key)) {
        return false;
    }
    if (key.n > 1 && key.p[0] == '.') { /* the name itself and all below it */
        *added = !strmap_get(&map->prefixes, key) &&
                 key_put(map, &map->exact, str_skip(key, 1), value) &&
                 key_put(map, &map->prefixes, key, value);
        return true;
    }
    if (key.n > 2 && str_starts(key, STR("*."))) {
        *added = key_put(map, &map->prefixes, str_skip(key, 1), value);
        return true;
    }
    if (key.n > 2 && str_ends(key, STR(".*"))) {
        *added = key_put(map, &map->suffixes, str_head(key, key.n - 1), value);
        return true;
    }
    if (str_find(key, '*') != key.n) {
        return false;
    }
    *added = key_put(map, &map->exact, key, value);
    return true;
}

bool map_add(struct map *map, struct str key, struct template value, struct error *err)
{
    struct template *kept = arena_alloc(map->arena, sizeof(*kept));
    *kept = value;
    key = arena_dup(map->arena, key);
    bool added = false;
    if (!map->hostnames) {
        added = key_put(map, &map->exact, key, kept);
    } else if (!hostname_add(map, key, kept, &added)) {
        return error_set(err, "invalid hostname or wildcard \"%.*s\"", STR_ARG(key));
    }
    return added || error_set(err, "conflicting parameter \"%.*s\"", STR_ARG(key));
}

void map_add_regex(struct map *map, const struct regex *regex, struct template value)
{
    assert(regex);
    struct map_regex *item =
        vec_push(map->arena, &map->regexes, &map->regexes_n, sizeof(*map->regexes));
    item->regex = regex;
    item->value = value;
}

bool map_set_default(struct map *map, struct template value, struct error *err)
{
    if (map->has_default) {
        return error_set(err, "duplicate default map parameter");
    }
    map->has_default = true;
    map->default_value = value;
    return true;
}

/* The mask with the longest part after "*", then the one with the longest part before it. */
static const struct template *mask_find(const struct map *map, struct str text)
{
    for (size_t i = 0; map->prefixes.n && i < text.n; i++) {
        const struct template *value =
            text.p[i] == '.' ? strmap_get(&map->prefixes, str_skip(text, i)) : NULL;
        if (value) {
            return value;
        }
    }
    for (size_t n = text.n; map->suffixes.n && n > 0; n--) {
        const struct template *value =
            text.p[n - 1] == '.' ? strmap_get(&map->suffixes, str_head(text, n)) : NULL;
        if (value) {
            return value;
        }
    }
    return NULL;
}

/* NULL: a pattern hit its limit, so that the value is not known; scope->failed says which. */
static const struct template *map_find(const struct map *map, struct scope *scope, struct str text)
{
    const struct template *value = strmap_get(&map->exact, text);
    if (!value) {
        value = mask_find(map, text);
    }
    /* nginx asks no regular expression about the empty text. */
    for (size_t i = 0; !value && text.n && i < map->regexes_n; i++) {
        enum match match = scope_match(scope, map->regexes[i].regex, text);
        if (match == MATCH_ERROR) {
            return NULL;
        }
        if (match == MATCH_YES) {
            value = &map->regexes[i].value;
        }
    }
    return value ? value : &map->default_value;
}

const struct template *map_subject(const struct map *map)
{
    return &map->subject;
}

struct value map_eval(const struct map *map, struct scope *scope)
{
    struct value subject = template_eval(&map->subject, scope);
    if (subject.state == VALUE_UNKNOWN) {
        for (size_t i = 0; i < map->regexes_n; i++) {
            scope_match_unknown(scope, map->regexes[i].regex); /* one of them, perhaps */
        }
        return subject;
    }
    struct str text = subject.s;
    if (map->hostnames && text.n && text.p[text.n - 1] == '.') {
        text.n--;
    }
    const struct template *value = map_find(map, scope, text);
    return value ? template_eval(value, scope) : VALUE_IS_ABSENT;
}
