/* SPDX-License-Identifier: Apache-2.0 */
/* allow and deny of a location. */
#ifndef MODULES_ACCESS_ACCESS_SETTINGS_H
#define MODULES_ACCESS_ACCESS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "modules/list.h"
#include "net/address.h"
#include "site/settings.h"

struct access_rule {
    bool allow;
    bool all;
    bool unix_only;
    struct network network;
    const char *file; /* the place of the directive */
    unsigned line;
};

struct access_settings {
    struct access_rule *items;
    size_t n;
    const void *level; /* while loading: the level that owns the array; a nested level starts its
                          own */
};

static inline const struct access_settings *access_settings_of(
    const struct location_settings *location)
{
    return location->modules[SLOT_access];
}

#endif
