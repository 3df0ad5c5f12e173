/* SPDX-License-Identifier: Apache-2.0 */
/* The consequences of the verdict on the client certificate. */
#ifndef SITE_CLIENT_H
#define SITE_CLIENT_H

#include "pki/verdict.h"
#include "site/walk.h"
#include "tls/settings.h"

/*
 * Whether the client may use walk->server: 0, or the status of the rejection (495, 496; 497 for
 * plain HTTP on a TLS port). Logs the reason.
 */
int client_refusal(struct walk *walk);

/* The same for a verdict and an ssl_verify_client mode: 0, STATUS_NO_CERT or STATUS_CERT_ERROR. */
int client_refusal_of(enum verify_mode mode, const struct verdict *verdict);

/* The verdict. If it is unknown, chooses one for the rest of the walk. */
const struct verdict *client_verdict(struct walk *walk);

/*
 * Whether the verdict counts for walk->server. A verdict belongs to the requirements of the
 * connection's server. For a server with other requirements, the client has shown no certificate.
 */
bool client_is_asked(const struct walk *walk);
/* $ssl_client_verify. */
struct value client_verify(struct walk *walk);

/* The step. */
enum walk_step client_step(struct walk *walk, struct decision *out);

#endif
