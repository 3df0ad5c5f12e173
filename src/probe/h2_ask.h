/* SPDX-License-Identifier: Apache-2.0 */
/* Requests over HTTP/2, one after the other on one connection. */
#ifndef PROBE_H2_ASK_H
#define PROBE_H2_ASK_H

#include "base/arena.h"
#include "probe/reply.h"
#include "probe/wire.h"

struct h2_request {
    struct str method;
    struct str authority; /* empty: no :authority */
    struct str target;
    struct str fields; /* "Name: value" lines with CR LF */
};

/* Gives the reply to the last one; status 0: it was reset, or the connection ended. False: the
 * server did not answer in time. */
bool h2_ask(struct wire *wire, const struct h2_request *requests, size_t n, struct arena *arena,
            struct reply *out);

#endif
