/* SPDX-License-Identifier: Apache-2.0 */
/* charset and charset_types. Directives that would convert bodies are refused. */
#ifndef LOAD_CHARSET_CONF_H
#define LOAD_CHARSET_CONF_H

#include "conf/directive.h"

/* For a directive_table of LEVEL_LOCATION, over struct location_settings. */
extern const struct directive charset_directives[];
extern const size_t charset_directives_n;

#endif
