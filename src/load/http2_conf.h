/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of HTTP/2. */
#ifndef LOAD_HTTP2_CONF_H
#define LOAD_HTTP2_CONF_H

#include "conf/directive.h"

struct loader;

extern const struct directive http2_directives[];
extern const size_t http2_directives_n;

/* Applies "listen … http2" of one server to all servers on that address, as nginx does. Call it
 * when all servers are read and the listeners are known. */
void http2_conf_spread(struct loader *loader);

#endif
