/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the verdict on the client's certificate. */
#ifndef SITE_CLIENT_H
#define SITE_CLIENT_H

#include "pki/verdict.h"
#include "site/walk.h"
#include "tls/settings.h"

/*
 * Whether the client may speak to walk->server at all: 0, or the status to refuse with (495, 496;
 * 497 for plain HTTP on a TLS port). Says why not.
 */
int client_refusal(struct walk *walk);

/* What a server that asks for certificates in this way makes of a verdict: 0, STATUS_NO_CERT or
 * STATUS_CERT_ERROR. */
int client_refusal_of(enum verify_mode mode, const struct verdict *verdict);

/* The verdict; chosen for good where it is not known. */
const struct verdict *client_verdict(struct walk *walk);

/*
 * A verdict is an answer to what the connection's server asked. For a server with other demands it
 * answers nothing: there the client has shown no certificate.
 */
bool client_is_asked(const struct walk *walk);
/* $ssl_client_verify. */
struct value client_verify(struct walk *walk);

/* The step. */
enum walk_step client_step(struct walk *walk, struct decision *out);

#endif
