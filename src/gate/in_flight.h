/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchanges in flight: requests that are being read or answered, and tunnels. Meanwhile a
 * client certificate may expire or be revoked, and the client's next request may be hours away. So
 * yett checks these clients twice a second, and at once when new CRLs are in force.
 */
#ifndef GATE_IN_FLIGHT_H
#define GATE_IN_FLIGHT_H

#include "net/loop.h"

struct connection;

struct in_flight {
    struct connection *first;
    struct deadline look; /* the next check; may be set while there is none in flight */
};

void in_flight_init(struct in_flight *in_flight, struct loop *loop);
/* The connection's exchange begins. Does nothing if it is there already. */
void in_flight_add(struct in_flight *in_flight, struct connection *conn);
/* The connection's exchange has ended. Does nothing if it is not there. */
void in_flight_remove(struct in_flight *in_flight, struct connection *conn);
/* Checks the clients, and ends the exchanges of those that are no longer valid. */
void in_flight_judge(struct in_flight *in_flight);

/*
 * Closes the connection, because the client certificate is no longer valid; the verdict and the log
 * say why. The client gets no more data, and can tell that the response is incomplete.
 */
void in_flight_end(struct connection *conn);

#endif
