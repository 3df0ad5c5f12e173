/* SPDX-License-Identifier: Apache-2.0 */
/* Which charset a location's responses name. */
#ifndef MODULES_CHARSET_CHARSET_SETTINGS_H
#define MODULES_CHARSET_CHARSET_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "modules/list.h"
#include "script/template.h"
#include "site/settings.h"

struct charset_types { /* the types to which `charset` applies */
    struct str *items;
    size_t n;
    bool all;
};

struct charset_names {
    struct str *items;
    size_t n;
};

struct charset_settings {
    struct template name; /* empty: off */
    struct charset_types types;
    struct charset_names *known; /* all that `charset` sets anywhere, each in its first spelling */
};

static inline const struct charset_settings *charset_settings_of(
    const struct location_settings *location)
{
    return location->modules[SLOT_charset];
}

#endif
