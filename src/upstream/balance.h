/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the next backend: smooth weighted round robin that remembers failures
 * (ngx_http_upstream_module). */
#ifndef UPSTREAM_BALANCE_H
#define UPSTREAM_BALANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "upstream/group.h"

/* One thread's state of a group: current weights, failures, connections. */
struct balance;

struct balance *balance_new(const struct upstream_group *group);
void balance_free(struct balance *balance);

/* The peers that one request has tried. Zeroed at its start; pick_deinit at its end. */
struct pick {
    const struct peer *peer; /* the one picked last */
    uint64_t *tried;         /* one bit per peer, for groups of more than 64 */
    uint64_t tried_few;      /* the same for smaller groups */
    size_t tries_left;       /* set by the first pick; the caller may lower it */
    bool started;
};
void pick_deinit(struct pick *pick);

/*
 * Picks the next peer that this request has not tried: primary peers first, then backup peers.
 * Skips peers that are down, full (max_conns) or failed max_fails times within fail_timeout. The
 * only peer of a group never counts as failed. False: "no live upstreams".
 */
bool balance_pick(struct balance *balance, struct pick *pick, uint64_t now_ms);
/* Ends the use of pick->peer, and counts a failure if `failed`. True: it has now failed too often,
 * and is skipped for a while. */
bool balance_release(struct balance *balance, struct pick *pick, bool failed, uint64_t now_ms);

#endif
