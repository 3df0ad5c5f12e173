/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy_cache* directives: accepted without effect. yett forwards every request, so no client
 * gets a response for another one. */
#ifndef MODULES_PROXY_PROXY_CACHE_CONF_H
#define MODULES_PROXY_PROXY_CACHE_CONF_H

#include "conf/directive.h"

/* For a directive_table of LEVEL_LOCATION; no row has a field. */
extern const struct directive proxy_cache_directives[];
extern const size_t proxy_cache_directives_n;

#endif
