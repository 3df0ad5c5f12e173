/* SPDX-License-Identifier: Apache-2.0 */
/* A group of backends, as an `upstream` block or a proxy_pass address names them. */
#ifndef UPSTREAM_GROUP_H
#define UPSTREAM_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "net/address.h"

struct peer {
    struct address address;
    struct str name;   /* as $upstream_addr shows it: "127.0.0.1:8080", "unix:/path" */
    struct str server; /* as written on its `server` line */
    unsigned weight;
    unsigned max_fails;
    uint64_t fail_timeout_ms;
    unsigned max_conns; /* 0: no limit */
    bool backup;
    bool down;
};

/* Immutable, of the settings. */
struct upstream_group {
    struct str name;
    unsigned index; /* among the settings' groups */
    struct peer *peers;
    size_t n;
    uint64_t keepalive;          /* idle connections kept by each thread */
    uint64_t keepalive_requests; /* on one connection */
    uint64_t keepalive_time_ms;
    uint64_t keepalive_timeout_ms;
};

#endif
