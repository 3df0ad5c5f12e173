/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The upgraded connections of a gate. No request of theirs comes any more by which their client
 * would be judged again: it is done here, every second, and at once when other lists are in force
 * or other terms are.
 */
#ifndef GATE_TUNNELS_H
#define GATE_TUNNELS_H

#include <stdbool.h>

#include "base/str.h"
#include "net/loop.h"

struct connection;
struct request;

struct tunnels {
    struct connection *first;
    struct deadline look; /* the next time to judge them; set while there is one */
};

void tunnels_init(struct tunnels *tunnels, struct loop *loop);
/* Nothing for a connection that is not there. */
void tunnels_remove(struct tunnels *tunnels, struct connection *conn);
/* Closes those whose client would be refused now. */
void tunnels_judge(struct tunnels *tunnels);
/* Closes those whose client was let in on other terms than gate->demands has. */
void tunnels_check_terms(struct tunnels *tunnels);

/* From here on all bytes of the client go to `data`; respond_data sends. For 101. */
void tunnel_start(struct connection *conn, void (*data)(struct request *request, struct str bytes));
/* Whether the client has to wait before it sends more. */
void tunnel_pause(struct connection *conn, bool paused);
/* As tunnels_check_terms. Not by tunnel_start: whoever calls that still needs the connection. */
void tunnel_check_terms(struct connection *conn);

#endif
