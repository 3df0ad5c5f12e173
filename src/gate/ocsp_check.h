/* SPDX-License-Identifier: Apache-2.0 */
/* ssl_ocsp: after the handshake and before the first request, yett checks the certificates of a
 * valid client chain at the OCSP responders; and again when the responses have expired. */
#ifndef GATE_OCSP_CHECK_H
#define GATE_OCSP_CHECK_H

#include "gate/connection.h"

/*
 * True: the connection waits, and handshake_over is called when the check is complete. False: there
 * is nothing to wait for, and the verdict is up to date.
 */
bool ocsp_check_begin(struct connection *conn);
/*
 * Before a request: checks again if the responses have expired. True: the connection waits as
 * above. False: the verdict is up to date, perhaps changed.
 */
bool ocsp_check_again(struct connection *conn);
/*
 * While an exchange is in flight: if the responses have expired, asks the responders again. The
 * exchange goes on meanwhile, for ten seconds at most. If the new response is not good,
 * in_flight_end ends the exchange. False: the client is no longer valid, as the verdict says; the
 * caller ends the exchange.
 */
bool ocsp_check_in_flight(struct connection *conn);
/* Ends the waiting: the connection closes, or the check is complete. */
void ocsp_check_end(struct connection *conn);
/* The check took too long: the verdict becomes that the status could not be determined. */
void ocsp_check_expired(struct connection *conn);

#endif
