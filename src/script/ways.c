/* SPDX-License-Identifier: Apache-2.0 */
#include "script/ways.h"

#include <assert.h>

#include "base/vec.h"

size_t ways_add(struct ways *ways, struct arena *arena, const struct template *value,
                struct str key, struct line_place place)
{
    if (value->constant || value->n == 0) {
        struct way *same = strmap_get(&ways->by_value, value->text);
        if (same) {
            same->lines++;
            return (size_t)(same - ways->items);
        }
    }
    if (!ways->items) { /* at one place: by_value points into it */
        ways->items = arena_zalloc(arena, WAYS_MAX * sizeof(*ways->items));
    }
    if (ways->n == WAYS_MAX) {
        ways->many = true;
        return WAYS_MAX;
    }
    struct way *way = &ways->items[ways->n++];
    *way = (struct way){*value, key, place, 1};
    if (value->constant || value->n == 0) {
        strmap_put(&ways->by_value, arena, way->value.text, way);
    }
    return ways->n - 1;
}

static void suppose_way(struct scope *scope, const struct way *way, struct str subject)
{
    if (way->lines == 1) {
        scope_suppose(scope, way->place, "%.*s %.*s", STR_ARG(subject), STR_ARG(way->key));
    } else if (way->lines == 2) {
        scope_suppose(scope, way->place, "%.*s %.*s, or fits the other line with this value",
                      STR_ARG(subject), STR_ARG(way->key));
    } else {
        scope_suppose(scope, way->place,
                      "%.*s %.*s, or fits one of %zu other lines with this value", STR_ARG(subject),
                      STR_ARG(way->key), way->lines - 1);
    }
}

struct value ways_choose(const struct ways *ways, struct scope *scope, struct str subject,
                         const bool possible[WAYS_MAX], const struct template *otherwise,
                         struct line_place place)
{
    if (ways->many || !scope_may_choose(scope)) {
        return VALUE_IS_UNKNOWN;
    }
    const struct way *options[WAYS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < ways->n; i++) {
        if (!possible || possible[i]) {
            options[n++] = &ways->items[i];
        }
    }
    size_t chosen = scope_choose(scope, n + 1);
    assert(chosen <= n);
    if (chosen < n) {
        suppose_way(scope, options[chosen], subject);
        return template_eval(&options[chosen]->value, scope);
    }
    scope_suppose(scope, place, "no line is for this %.*s", STR_ARG(subject));
    return template_eval(otherwise, scope);
}
