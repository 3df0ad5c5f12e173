/* SPDX-License-Identifier: Apache-2.0 */
/* A location's settings for static files. site/filename.h finds the file. */
#ifndef MODULES_STATIC_STATIC_SETTINGS_H
#define MODULES_STATIC_STATIC_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modules/list.h"
#include "script/template.h"
#include "site/settings.h"

struct index_files {
    struct template *items;
    size_t n;
};

struct static_settings {
    struct index_files index;
    bool etag;
    unsigned if_modified_since; /* enum since */
    uint64_t max_ranges;        /* UINT64_MAX: no limit */
    bool log_not_found;
};

static inline const struct static_settings *static_settings_of(
    const struct location_settings *location)
{
    return location->modules[SLOT_static];
}

#endif
