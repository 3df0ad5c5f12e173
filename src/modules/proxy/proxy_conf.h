/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of proxying: proxy_*, resolver, and the upstream block with what stands in it. */
#ifndef MODULES_PROXY_PROXY_CONF_H
#define MODULES_PROXY_PROXY_CONF_H

#include "base/log.h"
#include "conf/directive.h"
#include "site/settings.h"

/* `base` is the struct proxy_settings of a location's settings. */
extern const struct directive proxy_directives[];
extern const size_t proxy_directives_n;

/* Inside `upstream`; fields are of struct upstream_group. */
extern const struct directive upstream_directives[];
extern const size_t upstream_directives_n;

/*
 * After everything was read: what depends on several directives of a location. `proxy_redirect
 * default`, the TLS client with its files, the resolver's time limit. Warnings go to `log`.
 */
MUST_CHECK bool proxy_conf_complete(struct location_settings *location, struct settings *settings,
                                    const struct log *log, struct error *err);

#endif
