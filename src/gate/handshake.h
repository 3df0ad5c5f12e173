/* SPDX-License-Identifier: Apache-2.0 */
/* Detects TLS and runs the handshake: SNI selects the server before yett sends anything. */
#ifndef GATE_HANDSHAKE_H
#define GATE_HANDSHAKE_H

#include "gate/connection.h"

/* Continues the handshake, in CONNECTION_DETECT and CONNECTION_HANDSHAKE. */
void handshake_run(struct connection *conn);
/* All checks of the client are complete: requests may come. */
void handshake_over(struct connection *conn);

#endif
