/* SPDX-License-Identifier: Apache-2.0 */
/* TLS or not, then the handshake: SNI selects the server before yett sends anything to the client.
 */
#ifndef GATE_HANDSHAKE_H
#define GATE_HANDSHAKE_H

#include "gate/connection.h"

/* Continues the handshake, in CONNECTION_DETECT and CONNECTION_HANDSHAKE. */
void handshake_run(struct connection *conn);
/* Everything is known about the client: requests may come. */
void handshake_over(struct connection *conn);

#endif
