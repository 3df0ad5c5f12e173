/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of a location's settings. */
#ifndef LOAD_LOCATION_CONF_H
#define LOAD_LOCATION_CONF_H

#include "conf/directive.h"
#include "site/settings.h"

/* For a directive_table of LEVEL_LOCATION whose base is 0: fields of struct location_settings. */
extern const struct directive location_directives[];
extern const size_t location_directives_n;

/*
 * After all directives are read, for the settings of each server, location, `if` and limit_except:
 * fills in the defaults that no directive can express (types, error_log, client_body_temp_path).
 */
void location_conf_complete(struct location_settings *location, struct settings *settings);

#endif
