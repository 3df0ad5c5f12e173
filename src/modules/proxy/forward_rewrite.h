/* SPDX-License-Identifier: Apache-2.0 */
/* proxy_redirect and proxy_cookie_*: changes the backend's URLs, domains and paths for the client.
 */
#ifndef MODULES_PROXY_FORWARD_REWRITE_H
#define MODULES_PROXY_FORWARD_REWRITE_H

#include "modules/proxy/forward_state.h"

/* A Location value; the same view when no rule fits. */
struct str forward_rewrite_location(struct forward *forward, struct str value);
/* A Refresh value: its URL. */
struct str forward_rewrite_refresh(struct forward *forward, struct str value);
/* A Set-Cookie value: domain, path and flags. */
struct str forward_rewrite_cookie(struct forward *forward, struct str value);

#endif
