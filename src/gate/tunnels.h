/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The upgraded connections of a gate. No request of theirs comes any more by which their client
 * would be judged again: it is done here, every second, and at once when other lists are in force.
 */
#ifndef GATE_TUNNELS_H
#define GATE_TUNNELS_H

#include "net/loop.h"

struct connection;

struct tunnels {
    struct connection *first;
    struct deadline look; /* the next time to judge them; set while there is one */
};

void tunnels_init(struct tunnels *tunnels, struct loop *loop);
void tunnels_add(struct tunnels *tunnels, struct connection *conn);
/* Nothing for a connection that is not there. */
void tunnels_remove(struct tunnels *tunnels, struct connection *conn);
/* Closes those whose client would be refused now. */
void tunnels_judge(struct tunnels *tunnels);

#endif
