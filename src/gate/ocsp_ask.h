/* SPDX-License-Identifier: Apache-2.0 */
/* One OCSP request to a responder. */
#ifndef GATE_OCSP_ASK_H
#define GATE_OCSP_ASK_H

#include <openssl/x509.h>

#include "gate/gate.h"
#include "site/settings.h"
#include "upstream/fetch.h"

/* For the whole request, with name look-ups; as in nginx. */
enum { OCSP_TIMEOUT_MS = 60 * 1000 };

/*
 * Asks the responder about the certificate. The server's `resolver` looks names up. For `done` and
 * the result see fetch_post; the body is unverified. NULL with err: the request cannot be made.
 */
struct fetch *ocsp_ask(struct gate *gate, const struct server *server, X509 *cert, X509 *issuer,
                       const struct ocsp_responder *responder,
                       void (*done)(void *arg, struct str body, const char *error), void *arg,
                       struct error *err);

#endif
