/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches one small document with POST over plain HTTP, from a loop. */
#ifndef UPSTREAM_FETCH_H
#define UPSTREAM_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "net/address.h"
#include "net/loop.h"
#include "upstream/exchange.h"
#include "upstream/resolver.h"

struct fetch_url {
    struct str authority; /* for the header Host */
    struct str host;
    struct str target; /* "/" when the URL has no path */
    uint16_t port;
    bool is_address; /* the host is an address: no name to look up */
    struct address address;
};

/*
 * Parses an absolute http:// URL (RFC 3986) with host or address, port, path and query; in the
 * arena. Refuses user information, a fragment, blanks, control characters and bytes beyond ASCII.
 */
MUST_CHECK bool fetch_url_parse(struct str url, struct arena *arena, struct fetch_url *out,
                                struct error *err);

struct fetch_options {
    const struct fetch_url *url;
    const struct address *addresses; /* of the host, with ports; NULL: ask the resolver */
    size_t addresses_n;
    struct resolver *resolver; /* NULL: there is none */
    const char *request_type;  /* media type of the request */
    const char *answer_type;   /* the only accepted media type of the answer */
    struct str body;
    size_t answer_max;
    uint64_t timeout_ms; /* for everything together */
};

struct fetch;

/*
 * Starts; copies all options but the resolver. Calls `done` once, never before this returns: with
 * the body of a 200 answer (borrowed for the call), or with an error sentence. Tries the host's
 * addresses in turn. Free the fetch in any case: in `done` or later, or before, which ends it
 * without a call.
 */
struct fetch *fetch_post(struct idle_pool *pool, struct loop *loop,
                         const struct fetch_options *options,
                         void (*done)(void *arg, struct str body, const char *error), void *arg);
void fetch_free(struct fetch *fetch);

#endif
