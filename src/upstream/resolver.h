/* SPDX-License-Identifier: Apache-2.0 */
/* Names looked up while serving (`resolver`, for proxy_pass with variables), with c-ares in a loop.
 */
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
    uint64_t valid_ms; /* 0: as the answers' TTL says */
    uint64_t timeout_ms;
};

struct resolver; /* one thread's, with its cache */
struct resolver_query;

MUST_CHECK bool resolver_new(struct loop *loop, const struct resolver_settings *settings,
                             struct resolver **out, struct error *err);
void resolver_free(struct resolver *resolver);

/*
 * Asks. `answer` is called once, never before this returns: with addresses (port 0, borrowed for
 * the call), or n == 0 and a text as nginx writes it ("(3: Host not found)"). Returns a handle to
 * cancel with.
 */
struct resolver_query *resolver_ask(struct resolver *resolver, struct str name,
                                    void (*answer)(void *arg, const struct address *addresses,
                                                   size_t n, const char *text),
                                    void *arg);
void resolver_cancel(struct resolver_query *query);

#endif
