/* SPDX-License-Identifier: Apache-2.0 */
/* The backends for a request: the group that proxy_pass names, or one made for the request. */
#ifndef MODULES_PROXY_FORWARD_TARGET_H
#define MODULES_PROXY_FORWARD_TARGET_H

#include "modules/proxy/forward_state.h"

/*
 * Finds forward->group and ->balance, then calls `ready`, at once or after a look-up. If there is
 * no backend, answers with 500 or 502 and does not call `ready`.
 */
void forward_target(struct forward *forward, void (*ready)(struct forward *forward));

#endif
