/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchanges of a gate that are in flight: requests that are read or answered, and upgraded
 * connections. A client certificate may be revoked or expire meanwhile, and its next request may be
 * hours away. So this file checks the clients twice a second, and at once when new CRLs are in
 * force.
 */
#ifndef GATE_IN_FLIGHT_H
#define GATE_IN_FLIGHT_H

#include "net/loop.h"

struct connection;

struct in_flight {
    struct connection *first;
    struct deadline look; /* the next time to check them; may be set while there is none */
};

void in_flight_init(struct in_flight *in_flight, struct loop *loop);
/* The connection's exchange begins. Nothing for a connection that is there already. */
void in_flight_add(struct in_flight *in_flight, struct connection *conn);
/* The connection's exchange has ended. Nothing for a connection that is not there. */
void in_flight_remove(struct in_flight *in_flight, struct connection *conn);
/* Ends the exchanges whose client would be rejected now. */
void in_flight_judge(struct in_flight *in_flight);

/*
 * Ends the exchange and closes the connection, because the client certificate is no longer valid.
 * The verdict says why, and so does the log. The client gets no more data, and notices that the
 * response is incomplete.
 */
void in_flight_end(struct connection *conn);

#endif
