/* SPDX-License-Identifier: Apache-2.0 */
/* The directives map, geo and split_clients. */
#ifndef SCRIPT_MAP_CONF_H
#define SCRIPT_MAP_CONF_H

#include "conf/directive.h"

/* Rows that fill in no struct: they define variables in scope->vars. */
extern const struct directive map_directives[];
extern const size_t map_directives_n;

#endif
