/* SPDX-License-Identifier: Apache-2.0 */
/* The head of the request to a backend. */
#ifndef MODULES_PROXY_FORWARD_REQUEST_H
#define MODULES_PROXY_FORWARD_REQUEST_H

#include "modules/proxy/forward_state.h"

/* Whether to pass the client's body to the backend as it arrives. */
bool forward_streams(const struct forward *forward);

/*
 * Fills in method, body, head, keep_alive and upgrade. The client's body, if it is not streamed,
 * has been read. False: the request has been answered, because a header cannot be sent.
 */
MUST_CHECK bool forward_build(struct forward *forward);

#endif
