/* SPDX-License-Identifier: Apache-2.0 */
/* ssl_ocsp: before the first request, yett asks the OCSP responders about the certificates of a
 * valid client chain; and again when the responses have expired. */
#ifndef GATE_OCSP_CHECK_H
#define GATE_OCSP_CHECK_H

#include "gate/connection.h"

/*
 * Begins the check. True: the connection waits; the check calls handshake_over when it is complete.
 * False: the verdict is up to date.
 */
bool ocsp_check_begin(struct connection *conn);
/*
 * Before a request: checks again if the responses have expired. True: the connection waits as
 * above; or it is closed, because the client certificate is no longer valid and other requests were
 * in flight (HTTP/2). False: the verdict is up to date, perhaps changed.
 */
bool ocsp_check_again(struct connection *conn);
/*
 * While an exchange is in flight: asks the responders again if the responses have expired. The
 * exchange goes on meanwhile, for ten seconds at most. If a new response is not "good",
 * in_flight_end ends the exchange. False: the verdict says that the client is no longer valid; the
 * caller ends the exchange.
 */
bool ocsp_check_in_flight(struct connection *conn);
/* Frees the check: the connection closes, or the check is complete. */
void ocsp_check_end(struct connection *conn);
/* The check took too long: the verdict is that the status could not be determined. */
void ocsp_check_expired(struct connection *conn);

#endif
