/* SPDX-License-Identifier: Apache-2.0 */
/* The headers and trailers that a location adds to its responses. */
#ifndef MODULES_HEADERS_HEADERS_SETTINGS_H
#define MODULES_HEADERS_HEADERS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modules/list.h"
#include "script/template.h"
#include "site/settings.h"

struct header_rule { /* add_header, add_trailer */
    struct str name;
    struct template value;
    bool always;
    struct field_place place;
};

struct header_rules {
    struct header_rule *items;
    size_t n;
};

enum expires_kind {
    EXPIRES_OFF,
    EXPIRES_EPOCH,
    EXPIRES_MAX,
    EXPIRES_AFTER,
    EXPIRES_MODIFIED,
    EXPIRES_DAILY
};

struct expires {
    unsigned kind; /* enum expires_kind */
    int64_t seconds;
};

struct headers_settings {
    struct header_rules add_headers;
    struct header_rules add_trailers;
    struct expires expires;
};

static inline const struct headers_settings *headers_settings_of(
    const struct location_settings *location)
{
    return location->modules[SLOT_headers];
}

#endif
