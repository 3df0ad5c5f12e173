/* SPDX-License-Identifier: Apache-2.0 */
/* The input of a connection: read in fair turns, and handed to the protocol. */
#ifndef GATE_CONNECTION_INPUT_H
#define GATE_CONNECTION_INPUT_H

#include "gate/connection.h"

/* What the connection waits for now, by its phase and its protocol. */
enum interest connection_interest(const struct connection *conn);
/* The socket is readable, or the client hung up (`events` of net/loop.h). */
void connection_readable(struct connection *conn, int events);
/* Looks again at the unread input, and at what TLS has read already. */
void connection_look_again(struct connection *conn);
/* Initializes conn->next_turn. */
void connection_input_init(struct connection *conn);

#endif
