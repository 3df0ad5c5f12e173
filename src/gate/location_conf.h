/* SPDX-License-Identifier: Apache-2.0 */
/* The directives that a location's settings come from. */
#ifndef GATE_LOCATION_CONF_H
#define GATE_LOCATION_CONF_H

#include "conf/directive.h"
#include "site/settings.h"

/* For a directive_table of LEVEL_LOCATION whose base is 0: fields of struct location_settings. */
extern const struct directive location_directives[];
extern const size_t location_directives_n;

/*
 * When everything is read, for the settings of each server, location, `if` and limit_except: fills
 * in defaults that no directive can be written for (types, access_log, error_log, the directory
 * for bodies). Warnings go to
 * `log`.
 */
MUST_CHECK bool location_conf_complete(struct location_settings *location,
                                       struct settings *settings, const struct log *log,
                                       struct error *err);

#endif
