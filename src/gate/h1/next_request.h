/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP/1 request's head: found in the input, parsed, and given to the walk. */
#ifndef GATE_H1_NEXT_REQUEST_H
#define GATE_H1_NEXT_REQUEST_H

#include <stdbool.h>

#include "gate/connection.h"
#include "http/request_head.h"

/* A head at the front of conn->input, or one that is refused. */
struct h1_found {
    enum scan scan; /* SCAN_DONE or SCAN_BAD */
    struct head_scan head;
};

/* Looks for the next head in conn->input. False: more input is needed. */
bool h1_find_request(struct connection *conn, struct h1_found *found);
/* Takes the head out of conn->input, and begins the request. */
void h1_begin_request(struct connection *conn, const struct h1_found *found);

#endif
