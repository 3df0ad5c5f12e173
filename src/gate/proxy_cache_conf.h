/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy_cache* directives: taken without effect. Every request is forwarded, so no client gets
 * what the backend did not say to that client. */
#ifndef GATE_PROXY_CACHE_CONF_H
#define GATE_PROXY_CACHE_CONF_H

#include "conf/directive.h"

/* For a directive_table of LEVEL_LOCATION; no row has a field. */
extern const struct directive proxy_cache_directives[];
extern const size_t proxy_cache_directives_n;

#endif
