/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the client's response head from the backend's. */
#ifndef MODULES_PROXY_FORWARD_RESPONSE_H
#define MODULES_PROXY_FORWARD_RESPONSE_H

#include "modules/proxy/forward_state.h"

/* Fills in request->response: status, length, and the headers, hidden, passed or rewritten. */
void forward_translate(struct forward *forward, const struct response_head *head,
                       const struct framing *framing);

/* The headers of an interim response that the client may see, rewritten as those of a response. */
struct headers forward_hints(struct forward *forward, const struct response_head *head);

/* The URI in X-Accel-Redirect, unless the header is ignored; empty: none. */
struct str forward_accel_redirect(const struct forward *forward, const struct response_head *head);
/* Before that redirect: adds to request->carried the headers to keep (Content-Type, Set-Cookie,
 * …). */
void forward_carry(struct forward *forward, const struct response_head *head);

/* Whether to buffer the response: by X-Accel-Buffering, else by proxy_buffering. */
bool forward_is_buffered(const struct forward *forward, const struct response_head *head);

#endif
