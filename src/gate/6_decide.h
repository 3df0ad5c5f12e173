/* SPDX-License-Identifier: Apache-2.0 */
/* May it? The client's certificate, the programs of server and location, allow and deny. */
#ifndef GATE_6_DECIDE_H
#define GATE_6_DECIDE_H

#include "gate/request.h"
#include "pki/verdict.h"
#include "tls/settings.h"

/*
 * Whether the connection may speak to request->server at all: 0, or the status to refuse with (495,
 * 496; 497 for plain HTTP on a TLS port). Says in the log why not.
 */
int decide_refusal(struct request *request);

/* What a server that asks for certificates in this way makes of a verdict: 0, STATUS_NO_CERT or
 * STATUS_CERT_ERROR. */
int decide_verdict(enum verify_mode mode, const struct verdict *verdict);

/* Steps. */
enum next decide_client(struct request *request);
enum next decide_server_program(struct request *request);
enum next decide_location_program(struct request *request);
enum next decide_access(struct request *request);

#endif
