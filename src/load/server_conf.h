/* SPDX-License-Identifier: Apache-2.0 */
/* The directives for how a server reads requests. */
#ifndef LOAD_SERVER_CONF_H
#define LOAD_SERVER_CONF_H

#include "conf/directive.h"
#include "site/settings.h"

/* For a directive_table of LEVEL_SERVER whose base is 0: fields of struct server_settings. */
extern const struct directive server_directives[];
extern const size_t server_directives_n;

#endif
