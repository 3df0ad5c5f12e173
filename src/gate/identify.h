/* SPDX-License-Identifier: Apache-2.0 */
/* Logs the verdict on a client certificate that was rejected. */
#ifndef GATE_IDENTIFY_H
#define GATE_IDENTIFY_H

#include <stdbool.h>

#include "gate/connection.h"

/* Logs the verdict if the client certificate was rejected. */
void identify(struct connection *conn);
/*
 * Checks the client again, with the CRLs in force and the current time. False: the certificate is
 * no longer valid; the verdict and the log say why.
 */
bool identify_again(struct connection *conn);
/* The fields of the client's certificate, for policies: read when first asked for, and kept with
 * the connection. NULL: the client has no valid certificate, or the configuration has no policies.
 */
const struct identity *identify_client(struct connection *conn);
/* With the connection. */
void identify_free(struct connection *conn);

#endif
