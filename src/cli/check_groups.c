/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses with the same doors, as 0.0.0.0:443 and [::]:443 mostly have: shown once. */
#include "base/vec.h"
#include "cli/check.h"

static bool same_way(const struct passage *a, const struct passage *b)
{
    bool same = a->is_known == b->is_known && a->conditions_n == b->conditions_n &&
                str_eq(a->to, b->to) && str_eq(a->client, b->client);
    for (size_t i = 0; same && i < a->conditions_n; i++) {
        same = str_eq(a->conditions[i].text, b->conditions[i].text);
    }
    return same;
}

static bool same_door(const struct checked_door *a, const struct checked_door *b)
{
    bool same = a->server == b->server && a->location == b->location && a->state == b->state &&
                a->any_path == b->any_path && a->passages.n == b->passages.n &&
                (a->listener->fallback == a->server) == (b->listener->fallback == b->server);
    for (size_t i = 0; same && i < a->passages.n; i++) {
        same = same_way(&a->passages.items[i], &b->passages.items[i]);
    }
    return same;
}

/* Whether the doors first … end are those of the group. */
static bool same_doors(const struct checked_doors *doors, const struct check_group *group,
                       size_t first, size_t end)
{
    bool same = end - first == group->end - group->first &&
                doors->items[first].listener->ssl == doors->items[group->first].listener->ssl;
    for (size_t i = first; same && i < end; i++) {
        same = same_door(&doors->items[i], &doors->items[group->first + (i - first)]);
    }
    return same;
}

static void groups_add(struct check_groups *groups, const struct checked_doors *doors, size_t first,
                       size_t end, struct arena *arena)
{
    struct str address = doors->items[first].listener->text;
    for (size_t i = 0; i < groups->n; i++) {
        struct check_group *group = &groups->items[i];
        if (same_doors(doors, group, first, end)) {
            group->addresses =
                arena_printf(arena, "%.*s, %.*s", STR_ARG(group->addresses), STR_ARG(address));
            return;
        }
    }
    struct check_group *slot = vec_push(arena, &groups->items, &groups->n, sizeof(*slot));
    *slot = (struct check_group){address, first, end};
}

void check_group_doors(const struct checked_doors *doors, struct arena *arena,
                       struct check_groups *out)
{
    *out = (struct check_groups){0};
    for (size_t i = 0; i < doors->n;) {
        size_t first = i;
        while (i < doors->n && doors->items[i].listener == doors->items[first].listener) {
            i++;
        }
        groups_add(out, doors, first, i, arena);
    }
}
