/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that tell a backend the client's verified certificate (client_identity_headers). */
#ifndef GATE_CLIENT_FIELDS_H
#define GATE_CLIENT_FIELDS_H

#include "gate/request.h"

/*
 * Adds the fields that the request's location has for its client: Client-Cert and, if the chain has
 * intermediates, Client-Cert-Chain without the trusted certificate (RFC 9440, 2), or
 * X-Forwarded-Client-Cert. None without a good verdict that counts for the request's server.
 */
void client_fields_add(struct request *request, struct headers *out);

#endif
