/* SPDX-License-Identifier: Apache-2.0 */
/* From a client to a backend, after the backend has accepted an upgrade. */
#ifndef MODULES_PROXY_FORWARD_TUNNEL_H
#define MODULES_PROXY_FORWARD_TUNNEL_H

#include "modules/proxy/forward_state.h"

/* The 101 was passed on: from here on the client's bytes go to the exchange. */
void forward_tunnel_start(struct forward *forward);

#endif
