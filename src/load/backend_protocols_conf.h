/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of backend protocols that yett does not speak: FastCGI, uwsgi, SCGI, memcached,
 * gRPC. Those that forward requests are refused; settings are accepted without effect. */
#ifndef LOAD_BACKEND_PROTOCOLS_CONF_H
#define LOAD_BACKEND_PROTOCOLS_CONF_H

#include "conf/directive.h"

/* For a directive_table of LEVEL_LOCATION; no row has a field. */
extern const struct directive protocol_directives[];
extern const size_t protocol_directives_n;

#endif
