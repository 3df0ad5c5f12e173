/* SPDX-License-Identifier: Apache-2.0 */
/* Looks names up while serving (`resolver`, for proxy_pass with variables), with c-ares. */
#ifndef UPSTREAM_RESOLVER_H
#define UPSTREAM_RESOLVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "net/address.h"
#include "net/loop.h"

struct resolver_settings {
    struct address *servers;
    size_t servers_n;
    bool ipv4;
    bool ipv6;
    uint64_t valid_ms; /* 0: by the answers' TTL */
    uint64_t timeout_ms;
};

struct resolver; /* one thread's, with its cache */
struct resolver_query;

MUST_CHECK bool resolver_new(struct loop *loop, const struct resolver_settings *settings,
                             struct resolver **out, struct error *err);
void resolver_free(struct resolver *resolver);

/*
 * Looks a name up. Calls `answer` once, never before this returns: with addresses (port 0, borrowed
 * for the call), or n == 0 and a text as in nginx ("(3: Host not found)"). Returns a handle for
 * resolver_cancel.
 */
struct resolver_query *resolver_ask(struct resolver *resolver, struct str name,
                                    void (*answer)(void *arg, const struct address *addresses,
                                                   size_t n, const char *text),
                                    void *arg);
void resolver_cancel(struct resolver_query *query);

#endif
