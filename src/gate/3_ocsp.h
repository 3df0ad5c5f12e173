/* SPDX-License-Identifier: Apache-2.0 */
/* ssl_ocsp: after the handshake, before the first request, the certificates of a good client's
 * chain are asked about; and again when the answers have ended. */
#ifndef GATE_3_OCSP_H
#define GATE_3_OCSP_H

#include "gate/connection.h"

/*
 * True: the connection waits; handshake_over is called when all is known. False: nothing is to be
 * waited for, and the verdict says what is known.
 */
bool ocsp_check_begin(struct connection *conn);
/*
 * Before a request: what the responders said may be over by now. True: the connection waits as
 * above. False: the verdict holds, or was changed.
 */
bool ocsp_check_again(struct connection *conn);
/*
 * While an exchange is in flight: if the answers have ended, the responders are asked again, and
 * the exchange goes on meanwhile, for ten seconds at most. An answer that is not good ends it, by
 * in_flight_end. False: the client is not good any more, as the verdict says; the caller ends it.
 */
bool ocsp_check_in_flight(struct connection *conn);
/* Nothing is waited for any more: the connection closes, or all is known. */
void ocsp_check_end(struct connection *conn);
/* It has taken too long: the verdict is that nobody could say. */
void ocsp_check_expired(struct connection *conn);

#endif
