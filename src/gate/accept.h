/* SPDX-License-Identifier: Apache-2.0 */
/* New connections. */
#ifndef GATE_ACCEPT_H
#define GATE_ACCEPT_H

#include "net/loop.h"

/* Accepts the connections that wait at a listening socket: struct listener_watch.watch. */
void accept_ready(struct watch *watch, int events);
/* Accepts again after a pause: struct listener_watch.pause. */
void accept_resume(struct deadline *deadline);

#endif
