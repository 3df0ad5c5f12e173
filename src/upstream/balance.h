/* SPDX-License-Identifier: Apache-2.0 */
/* Which backend serves next: smooth weighted round robin with failures remembered
 * (ngx_http_upstream_module). */
#ifndef UPSTREAM_BALANCE_H
#define UPSTREAM_BALANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "upstream/group.h"

/* One thread's memory of a group: current weights, failures, connections. */
struct balance;

struct balance *balance_new(const struct upstream_group *group);
void balance_free(struct balance *balance);

/* What one request has tried. Zeroed at its start; pick_deinit at its end. */
struct pick {
    const struct peer *peer; /* the one picked last */
    uint64_t *tried;         /* a bit a peer, for groups of more than 64 */
    uint64_t tried_few;      /* the same for the others */
    size_t tries_left;       /* set by the first pick; the caller may lower it */
    bool started;
};
void pick_deinit(struct pick *pick);

/*
 * The next peer this request has not tried: primary ones first, then backup ones; peers that are
 * down, full (max_conns) or failed max_fails times within fail_timeout are skipped. A group of one
 * peer is never marked failed. False: "no live upstreams".
 */
bool balance_pick(struct balance *balance, struct pick *pick, uint64_t now_ms);
/* Ends the use of pick->peer; `failed` counts against it. True: it has now failed too often, and
 * rests. */
bool balance_release(struct balance *balance, struct pick *pick, bool failed, uint64_t now_ms);

#endif
