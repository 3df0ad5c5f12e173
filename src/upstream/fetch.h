/* SPDX-License-Identifier: Apache-2.0 */
/* One small document asked for with POST, over plain HTTP, from within a loop. */
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
    struct str authority; /* for the Host field */
    struct str host;
    struct str target; /* "/" when the URL has no path */
    uint16_t port;
    bool is_address; /* the host is an address: no name to look up */
    struct address address;
};

/*
 * An absolute http:// URL (RFC 3986), with host or address, port, path and query; in the arena. One
 * with user information, a fragment, blanks, control characters or bytes beyond ASCII is none.
 */
MUST_CHECK bool fetch_url_parse(struct str url, struct arena *arena, struct fetch_url *out,
                                struct error *err);

struct fetch_options {
    const struct fetch_url *url;
    const struct address *addresses; /* of the host, ports set; NULL: ask the resolver */
    size_t addresses_n;
    struct resolver *resolver; /* NULL: there is none */
    const char *request_type;  /* media type of what is sent */
    const char *answer_type;   /* the only one that is taken */
    struct str body;
    size_t answer_max;
    uint64_t timeout_ms; /* for everything together */
};

struct fetch;

/*
 * Starts; all of the options is copied but for the resolver. `done` is called once, never before
 * this returns: with the body of an answer 200 (borrowed for the call), or with an error sentence.
 * The host's addresses are tried in turn. The fetch must be freed in any case, which may be done
 * within `done`, and before then ends it without a call.
 */
struct fetch *fetch_post(struct idle_pool *pool, struct loop *loop,
                         const struct fetch_options *options,
                         void (*done)(void *arg, struct str body, const char *error), void *arg);
void fetch_free(struct fetch *fetch);

#endif
