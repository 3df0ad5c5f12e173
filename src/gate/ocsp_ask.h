/* SPDX-License-Identifier: Apache-2.0 */
/* One question to an OCSP responder. */
#ifndef GATE_OCSP_ASK_H
#define GATE_OCSP_ASK_H

#include <openssl/x509.h>

#include "gate/gate.h"
#include "site/settings.h"
#include "upstream/fetch.h"

/* For everything together, names included; as nginx. */
enum { OCSP_TIMEOUT_MS = 60 * 1000 };

/*
 * Asks about the certificate; names are looked up as the server's `resolver` says. `done` and the
 * fetch are as with fetch_post; the body is whatever came, to be judged. NULL with an error: the
 * question could not be made.
 */
struct fetch *ocsp_ask(struct gate *gate, const struct server *server, X509 *cert, X509 *issuer,
                       const struct ocsp_responder *responder,
                       void (*done)(void *arg, struct str body, const char *error), void *arg,
                       struct error *err);

#endif
