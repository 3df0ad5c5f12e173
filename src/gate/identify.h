/* SPDX-License-Identifier: Apache-2.0 */
/* Logs the verdict on a client certificate that was rejected. */
#ifndef GATE_IDENTIFY_H
#define GATE_IDENTIFY_H

#include <stdbool.h>

#include "gate/connection.h"

/* Logs the client if its verdict is not good. */
void identify(struct connection *conn);
/*
 * Checks the client again, with the CRLs in force and the current time. False: the certificate is
 * no longer valid; the verdict says why, and so does the log.
 */
bool identify_again(struct connection *conn);

#endif
