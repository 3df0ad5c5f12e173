/* SPDX-License-Identifier: Apache-2.0 */
/* map: a value looked up by another. */
#include "script/map.h"

#include <assert.h>

#include "base/strmap.h"
#include "base/vec.h"
#include "script/ways.h"

/* A line of the block. */
struct map_row {
    struct str key;
    const struct regex *regex; /* NULL: the key is a text */
    struct template value;
    struct line_place place;
    size_t way; /* in map->ways */
};

struct map {
    struct arena *arena;
    struct template subject;
    bool hostnames;
    bool has_default;
    struct map_row otherwise; /* default */
    struct line_place block;
    struct line_place place; /* of the lines that are added next */
    struct strmap exact;     /* "name" -> struct map_row */
    struct strmap prefixes;  /* of "*.name": ".name" */
    struct strmap suffixes;  /* of "name.*": "name." */
    struct map_row **rows;   /* all but the default, as written */
    size_t rows_n;
    struct map_row **regexes;
    size_t regexes_n;
    struct ways ways;
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

void map_set_place(struct map *map, struct line_place place)
{
    map->block = map->block.file ? map->block : place;
    map->place = place;
}

void map_set_hostnames(struct map *map)
{
    map->hostnames = true;
}

/* False when the key is already there. */
static bool key_put(struct map *map, struct strmap *keys, struct str key, struct map_row *value)
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
static bool hostname_add(struct map *map, struct str key, struct map_row *value, bool *added)
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

static struct map_row *row_add(struct map *map, struct str key, const struct regex *regex,
                               struct template value)
{
    struct map_row *row = arena_zalloc(map->arena, sizeof(*row));
    struct map_row **slot =
        vec_push(map->arena, &map->rows, &map->rows_n, sizeof(struct map_row *));
    *slot = row;
    *row = (struct map_row){.key = key, .regex = regex, .value = value, .place = map->place};
    struct str text = regex ? arena_printf(map->arena, "matches \"%s\"", regex_pattern(regex))
                            : arena_printf(map->arena, "is \"%.*s\"", STR_ARG(key));
    row->way = ways_add(&map->ways, map->arena, &row->value, text, map->place);
    return row;
}

bool map_add(struct map *map, struct str key, struct template value, struct error *err)
{
    key = arena_dup(map->arena, key);
    struct map_row *kept = row_add(map, key, NULL, value);
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
    struct map_row **slot =
        vec_push(map->arena, &map->regexes, &map->regexes_n, sizeof(struct map_row *));
    *slot = row_add(map, STR(""), regex, value);
}

bool map_set_default(struct map *map, struct template value, struct error *err)
{
    if (map->has_default) {
        return error_set(err, "duplicate default map parameter");
    }
    map->has_default = true;
    map->otherwise = (struct map_row){.value = value, .place = map->place};
    return true;
}

/* The mask with the longest part after "*", then the one with the longest part before it. */
static const struct map_row *mask_find(const struct map *map, struct str text)
{
    for (size_t i = 0; map->prefixes.n && i < text.n; i++) {
        const struct map_row *row =
            text.p[i] == '.' ? strmap_get(&map->prefixes, str_skip(text, i)) : NULL;
        if (row) {
            return row;
        }
    }
    for (size_t n = text.n; map->suffixes.n && n > 0; n--) {
        const struct map_row *row =
            text.p[n - 1] == '.' ? strmap_get(&map->suffixes, str_head(text, n)) : NULL;
        if (row) {
            return row;
        }
    }
    return NULL;
}

/* NULL: a pattern hit its limit, so that the value is not known; scope->failed says which. */
static const struct map_row *map_find(const struct map *map, struct scope *scope, struct str text)
{
    const struct map_row *row = strmap_get(&map->exact, text);
    if (!row) {
        row = mask_find(map, text);
    }
    /* nginx asks no regular expression about the empty text. */
    for (size_t i = 0; !row && text.n && i < map->regexes_n; i++) {
        enum match match = scope_match(scope, map->regexes[i]->regex, text);
        if (match == MATCH_ERROR) {
            return NULL;
        }
        if (match == MATCH_YES) {
            row = map->regexes[i];
        }
    }
    return row ? row : &map->otherwise;
}

const struct template *map_subject(const struct map *map)
{
    return &map->subject;
}

struct line_place map_place(const struct map *map)
{
    return map->block;
}

static struct map_line line_of_row(const struct map_row *row)
{
    return (struct map_line){row->key, row->regex, &row->value, row->place};
}

bool map_row_at(const struct map *map, size_t i, struct map_line *out)
{
    if (i >= map->rows_n) {
        return false;
    }
    *out = line_of_row(map->rows[i]);
    return true;
}

struct map_line map_default(const struct map *map)
{
    return line_of_row(&map->otherwise);
}

/* --- where the key is not known --- */

/* The key begins and ends with what is known of it. */
struct known_ends {
    struct str first;
    struct str last;
};

/* The key, each part of it asked for once; if it is not known, what is known of its ends. */
static struct value key_eval(const struct template *subject, struct scope *scope,
                             struct known_ends *ends)
{
    struct str *texts = arena_alloc(scope->arena, (subject->n + 1) * sizeof(*texts));
    size_t first = subject->n, last = 0; /* the first part that is not known, and after the last */
    if (subject->constant || subject->n == 0) {
        return value_of(subject->text);
    }
    for (size_t i = 0; i < subject->n; i++) {
        struct value value = template_part_eval(&subject->parts[i], scope);
        texts[i] = value.s;
        if (value.state == VALUE_UNKNOWN) {
            first = first < i ? first : i;
            last = i + 1;
        }
    }
    ends->first = arena_join(scope->arena, texts, first, STR(""));
    if (last == 0) {
        return value_of(ends->first);
    }
    ends->last = arena_join(scope->arena, texts + last, subject->n - last, STR(""));
    return VALUE_IS_UNKNOWN;
}

/* May the line be that of the key? Of masks and regular expressions that is not looked into. */
static bool row_may_match(const struct map *map, const struct map_row *row,
                          const struct known_ends *ends)
{
    if (row->regex || map->hostnames) {
        return true;
    }
    return row->key.n >= ends->first.n + ends->last.n && str_istarts(row->key, ends->first) &&
           str_ieq(str_skip(row->key, row->key.n - ends->last.n), ends->last);
}

static struct value map_choose(const struct map *map, struct scope *scope,
                               const struct known_ends *ends)
{
    for (size_t i = 0; i < map->regexes_n; i++) {
        scope_match_unknown(scope, map->regexes[i]->regex); /* one of them, perhaps */
    }
    bool possible[WAYS_MAX] = {0};
    for (size_t i = 0; !map->ways.many && i < map->rows_n; i++) {
        assert(map->rows[i]->way < WAYS_MAX);
        possible[map->rows[i]->way] |= row_may_match(map, map->rows[i], ends);
    }
    return ways_choose(&map->ways, scope, map->subject.source, possible, &map->otherwise.value,
                       map->otherwise.place);
}

static struct value map_look_up(const struct map *map, struct scope *scope, struct str key)
{
    struct str text = key;
    if (map->hostnames && text.n && text.p[text.n - 1] == '.') {
        text.n--;
    }
    const struct map_row *row = map_find(map, scope, text);
    if (!row) {
        return VALUE_IS_ABSENT;
    }
    struct value value = template_eval(&row->value, scope);
    scope_note(scope, row->place, "map: %.*s is \"%.*s\", which gives \"%.*s\"",
               STR_ARG(map->subject.source), STR_ARG(text), STR_ARG(value.s));
    return value;
}

struct value map_eval(const struct map *map, struct scope *scope)
{
    struct known_ends ends = {STR(""), STR("")};
    bool is_question = scope_may_choose(scope);
    struct value key =
        is_question ? key_eval(&map->subject, scope, &ends) : template_eval(&map->subject, scope);
    return key.state == VALUE_UNKNOWN ? map_choose(map, scope, &ends)
                                      : map_look_up(map, scope, key.s);
}
