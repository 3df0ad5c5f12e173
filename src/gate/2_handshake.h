/* SPDX-License-Identifier: Apache-2.0 */
/* TLS or not, then the handshake: SNI selects the server before anything is promised to the client.
 */
#ifndef GATE_2_HANDSHAKE_H
#define GATE_2_HANDSHAKE_H

#include "gate/connection.h"

/* Goes on with it, in PHASE_DETECT and PHASE_HANDSHAKE. */
void handshake_run(struct connection *conn);
/* All is known about the client: requests may come. */
void handshake_over(struct connection *conn);

#endif
