/* SPDX-License-Identifier: Apache-2.0 */
/* The access logs of a location. */
#ifndef MODULES_LOG_LOG_SETTINGS_H
#define MODULES_LOG_LOG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "modules/list.h"
#include "script/template.h"
#include "site/settings.h"

enum log_escape { LOG_ESCAPE_DEFAULT, LOG_ESCAPE_JSON, LOG_ESCAPE_NONE };

struct log_format {
    struct str name;
    enum log_escape escape;
    struct template_part
        *parts; /* evaluated one by one: each variable is escaped; an absent value is "-" */
    size_t n;
};

struct access_log {
    struct log_file *file; /* NULL: the path has variables */
    struct template path;
    const struct log_format *format;
    bool conditional;
    struct template condition; /* if=: logged unless empty or "0" */
};

struct log_formats {
    struct log_format **items; /* "combined" is the first */
    size_t n;
};

struct log_settings {
    struct access_log *items; /* "off": none */
    size_t n;
    struct log_formats *formats; /* those of the whole configuration */
    bool log_subrequest;
};

static inline const struct log_settings *log_settings_of(const struct location_settings *location)
{
    return location->modules[SLOT_log];
}

#endif
