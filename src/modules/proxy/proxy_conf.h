/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the module proxy's row: proxy_*, resolver, and the upstream block with its rows. */
#ifndef MODULES_PROXY_PROXY_CONF_H
#define MODULES_PROXY_PROXY_CONF_H

#include "load/loader.h"

/* Inside `upstream`; fields are of struct upstream_group. */
extern const struct directive_table upstream_table;

/*
 * Completes the settings that depend on several directives: `proxy_redirect default`, the TLS
 * client with its files, the resolver's time limit.
 */
MUST_CHECK bool proxy_conf_complete(struct loader *loader, struct location_settings *location,
                                    struct error *err);

#endif
