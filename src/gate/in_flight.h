/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchanges of a gate that are in flight: requests that are read or answered, and upgraded
 * connections. A client may stop being good meanwhile, and it may take hours until a next request
 * would find that out. So the clients are judged here, twice a second, and at once when other CRLs
 * are in force.
 */
#ifndef GATE_IN_FLIGHT_H
#define GATE_IN_FLIGHT_H

#include "net/loop.h"

struct connection;

struct in_flight {
    struct connection *first;
    struct deadline look; /* the next time to judge them; may be set while there is none */
};

void in_flight_init(struct in_flight *in_flight, struct loop *loop);
/* The connection's exchange begins. Nothing for a connection that is there already. */
void in_flight_add(struct in_flight *in_flight, struct connection *conn);
/* It is over. Nothing for a connection that is not there. */
void in_flight_remove(struct in_flight *in_flight, struct connection *conn);
/* Ends those whose client would be refused now. */
void in_flight_judge(struct in_flight *in_flight);

/*
 * Ends the exchange and closes the connection, because its client is no longer good: the verdict
 * says why, and so does the log. The client gets nothing more, and sees that its answer is not
 * whole.
 */
void in_flight_end(struct connection *conn);

#endif
