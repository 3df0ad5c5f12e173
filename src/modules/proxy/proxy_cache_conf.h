/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy_cache* directives: accepted without effect. yett forwards every request, so no client
 * gets a response made for another client. */
#ifndef MODULES_PROXY_PROXY_CACHE_CONF_H
#define MODULES_PROXY_PROXY_CACHE_CONF_H

#include "conf/directive.h"

/* No row has a field. */
extern const struct directive_table proxy_cache_table;

#endif
