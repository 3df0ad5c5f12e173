/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP/1 request's head: found in the input, parsed, and given to the steps. */
#ifndef GATE_H1_NEXT_REQUEST_H
#define GATE_H1_NEXT_REQUEST_H

#include <stdbool.h>

#include "gate/connection.h"

/* Finds and starts the next request in conn->input. False: more input is needed. */
bool request_h1_next(struct connection *conn);

#endif
