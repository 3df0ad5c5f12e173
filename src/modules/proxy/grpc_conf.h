/* SPDX-License-Identifier: Apache-2.0 */
/* The grpc_* directives: the same way to a backend, over HTTP/2, with other defaults. */
#ifndef MODULES_PROXY_GRPC_CONF_H
#define MODULES_PROXY_GRPC_CONF_H

#include "conf/directive.h"
#include "modules/proxy/proxy_settings.h"

extern const struct directive_table grpc_table;

/* What no directive can change: HTTP/2, bodies as they come, trailers. */
void grpc_conf_begin(struct proxy_settings *grpc);

#endif
