/* SPDX-License-Identifier: Apache-2.0 */
#include "load/place.h"

#include <assert.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/file.h"
#include "base/str.h"

enum { DEPTH_MAX = 128 };

/* How well a directive fits. */
struct fit {
    const struct conf_node *node;
    int score;
};

struct search {
    const struct place *place;
    struct str text;
    struct str words; /* the text without what is in quotes */
    struct arena arena;
    struct fit best;
    const struct conf_node
        *around[DEPTH_MAX]; /* the block, and those that it is in: outermost first */
    size_t around_n;
};

enum { NAMED = 100, GIVEN = 200, QUOTED = 300 };

static bool is_in(struct str text, struct str part)
{
    return part.n > 0 && str_search(text, part) < text.n;
}

/* Whether the text has it behind a quotation mark, and ends there or goes on below it. */
static bool quotes(struct search *search, struct str value)
{
    struct str opened = arena_concat(&search->arena, STR("\""), value);
    return is_in(search->text, arena_concat(&search->arena, opened, STR("\""))) ||
           is_in(search->text, arena_concat(&search->arena, opened, STR("/")));
}

/* The words of the directive's name that the text has as well, less those that it lacks. */
static int common_words(const struct search *search, struct str name)
{
    int score = 0;
    while (name.n > 0) {
        struct str word = str_split(&name, '_');
        score += is_in(search->words, word) ? 1 : -1;
    }
    return score;
}

static int score_value(struct search *search, struct str value)
{
    const struct place *place = search->place;
    const char *bases[] = {place->conf_prefix, place->prefix};
    if (value.n == 0) {
        return 0;
    }
    if (quotes(search, value)) {
        return QUOTED;
    }
    for (size_t i = 0; i < COUNT_OF(bases); i++) {
        struct str path = str_of(path_resolve(&search->arena, str_of(bases[i]), value));
        if (quotes(search, path)) {
            return QUOTED;
        }
        if (place->value && str_eq(path, str_of(place->value))) {
            return GIVEN;
        }
    }
    return 0;
}

static void consider(struct search *search, const struct conf_node *node)
{
    int score = is_in(search->text, node->name) ? NAMED : 0;
    for (size_t i = 0; i < node->n; i++) {
        int value = score_value(search, node->args[i]);
        score = value > score ? value : score;
    }
    if (score == 0) {
        return;
    }
    score += common_words(search, node->name);
    if (!search->best.node || score > search->best.score) {
        search->best = (struct fit){node, score};
    }
}

/* Whether a block further in has the directive, which then counts in place of this one. */
static bool is_replaced(const struct search *search, struct str name, size_t level)
{
    assert(level < search->around_n);
    for (size_t i = level + 1; i < search->around_n; i++) {
        for (const struct conf_node *node = search->around[i]->children; node; node = node->next) {
            if (str_eq(node->name, name)) {
                return true;
            }
        }
    }
    return false;
}

static void look_around(struct search *search)
{
    for (size_t i = search->around_n; i > 0; i--) {
        for (const struct conf_node *node = search->around[i - 1]->children; node;
             node = node->next) {
            if (str_starts(node->name, str_of(search->place->names)) &&
                !is_replaced(search, node->name, i - 1)) {
                consider(search, node);
            }
        }
    }
}

static void look_everywhere(struct search *search, const struct conf_node *first)
{
    for (const struct conf_node *node = first; node; node = node->next) {
        if (str_starts(node->name, str_of(search->place->names))) {
            consider(search, node);
        }
        look_everywhere(search, node->children);
    }
}

/* The blocks down to that of the place. */
static bool find_block(struct search *search, const struct conf_node *first)
{
    const struct place *place = search->place;
    for (const struct conf_node *node = first; node && search->around_n < DEPTH_MAX;
         node = node->next) {
        if (!node->is_block) {
            continue;
        }
        search->around[search->around_n++] = node;
        if ((node->line == place->line && str_eq(str_of(node->file), str_of(place->file))) ||
            find_block(search, node->children)) {
            return true;
        }
        search->around_n--;
    }
    return false;
}

/* In lower case, as directives are: "CRL". */
static struct str without_quotes(struct str text, struct arena *arena)
{
    char *out = arena_bytes(arena, text.n + 1);
    size_t n = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        quoted = quoted != (text.p[i] == '"');
        if (!quoted) {
            out[n++] = char_lower(text.p[i]);
        }
    }
    return (struct str){out, n};
}

void place_error(const struct place *place, struct error *err)
{
    struct search search = {.place = place, .text = str_of(err->text)};
    const struct conf_node *block = NULL;
    arena_init(&search.arena, 0);
    search.words = without_quotes(search.text, &search.arena);
    if (!place->file) {
        look_everywhere(&search, place->first);
    } else if (find_block(&search, place->first)) {
        assert(search.around_n > 0); /* the block itself at least */
        block = search.around[search.around_n - 1];
        look_around(&search);
    }
    arena_deinit(&search.arena);
    const struct conf_node *node = search.best.node ? search.best.node : block;
    if (node) {
        conf_error_at(node, err);
    }
}
