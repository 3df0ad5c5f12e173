/* SPDX-License-Identifier: Apache-2.0 */
/* proxy_redirect and proxy_cookie_*: changes the backend's URLs, domains and paths for the
 * client. */
#ifndef MODULES_PROXY_FORWARD_REWRITE_H
#define MODULES_PROXY_FORWARD_REWRITE_H

#include "modules/proxy/forward_state.h"

/* Rewrites a Location value. Returns the same view if no rule applies. */
struct str forward_rewrite_location(struct forward *forward, struct str value);
/* Rewrites the URL in a Refresh value. */
struct str forward_rewrite_refresh(struct forward *forward, struct str value);
/* Rewrites domain, path and flags in a Set-Cookie value. */
struct str forward_rewrite_cookie(struct forward *forward, struct str value);

#endif
