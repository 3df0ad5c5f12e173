/* SPDX-License-Identifier: Apache-2.0 */
/* New connections. */
#ifndef GATE_1_ACCEPT_H
#define GATE_1_ACCEPT_H

#include "net/loop.h"

/* A listening socket has a connection waiting: struct listener_watch.watch. */
void accept_ready(struct watch *watch, int events);
/* Listens again after a pause: struct listener_watch.pause. */
void accept_resume(struct deadline *deadline);

#endif
