/* SPDX-License-Identifier: Apache-2.0 */
#include "site/settings.h"

#include "base/vec.h"

struct upstream_group *settings_group(struct settings *settings, struct str name)
{
    for (size_t i = 0; i < settings->groups_n; i++) {
        if (str_eq(settings->groups[i]->name, name)) {
            return settings->groups[i];
        }
    }
    return NULL;
}

struct upstream_group *settings_add_group(struct settings *settings, struct str name)
{
    struct upstream_group *group = arena_zalloc(&settings->arena, sizeof(*group));
    group->name = name;
    group->index = (unsigned)settings->groups_n;
    struct upstream_group **slot =
        vec_push(&settings->arena, &settings->groups, &settings->groups_n, sizeof(*slot));
    *slot = group;
    return group;
}

const struct error_page *error_page_of(const struct location_settings *location, int status)
{
    const struct error_pages *pages = &location->error_pages;
    for (size_t i = 0; i < pages->n; i++) {
        if (pages->items[i].status == status) {
            return &pages->items[i];
        }
    }
    return NULL;
}
