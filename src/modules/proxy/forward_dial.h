/* SPDX-License-Identifier: Apache-2.0 */
/* How to connect to the chosen backend: local address, certificate, time limits.
 */
#ifndef MODULES_PROXY_FORWARD_DIAL_H
#define MODULES_PROXY_FORWARD_DIAL_H

#include "modules/proxy/forward_state.h"

/* For forward->pick.peer. False, with the reason logged: its certificate or key cannot be read. */
MUST_CHECK bool forward_dial(struct forward *forward, struct exchange_target *target);

#endif
