/* SPDX-License-Identifier: Apache-2.0 */
/* proxy_pass: forwards a request to a backend, and its response to the client. */
#ifndef MODULES_PROXY_FORWARD_H
#define MODULES_PROXY_FORWARD_H

#include "gate/request.h"

/* proxy_next_upstream: when to try another backend. */
enum next_upstream {
    NEXT_UPSTREAM_OFF = 0x1,
    NEXT_UPSTREAM_ERROR = 0x2,
    NEXT_UPSTREAM_TIMEOUT = 0x4,
    NEXT_UPSTREAM_INVALID_HEADER = 0x8,
    NEXT_UPSTREAM_500 = 0x10,
    NEXT_UPSTREAM_502 = 0x20,
    NEXT_UPSTREAM_503 = 0x40,
    NEXT_UPSTREAM_504 = 0x80,
    NEXT_UPSTREAM_403 = 0x100,
    NEXT_UPSTREAM_404 = 0x200,
    NEXT_UPSTREAM_429 = 0x400,
    NEXT_UPSTREAM_NON_IDEMPOTENT = 0x800,
};

/* The handlers of a location with proxy_pass, and with grpc_pass. */
extern const struct handler forward_handler;
extern const struct handler forward_grpc_handler;

#endif
