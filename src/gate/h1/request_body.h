/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the body of an HTTP/1 request out of the connection's input, and decodes it. */
#ifndef GATE_H1_REQUEST_BODY_H
#define GATE_H1_REQUEST_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "gate/request.h"

/* Takes what it can of conn->input. Afterwards the body may be complete, or given up. */
void h1_body_input(struct request *request);
bool h1_body_wants_input(const struct request *request);
/*
 * After the response is sent: whether to wait for the rest of an unneeded body, so that the
 * connection can be kept: within lingering_time, and lingering_timeout between two parts.
 */
bool h1_body_lingers(struct request *request);

/* See struct protocol. */
void h1_want_body(struct request *request);
void h1_pause(struct request *request);
void h1_resume(struct request *request);
bool h1_drop_body(struct request *request);
bool h1_is_here(struct request *request, uint64_t max);

#endif
