/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's idle connections to backends, newest first in each group. Private to upstream/. */
#ifndef UPSTREAM_IDLE_H
#define UPSTREAM_IDLE_H

#include "upstream/exchange.h"
#include "upstream/later.h"
#include "upstream/link.h"

/* The most recently used connection that fits, taken out; NULL: none. */
struct link *idle_pool_take(struct idle_pool *pool, const struct exchange_target *target);
/* Keeps a connection that has no exchange any more as long as its group's settings allow, or closes
 * it. */
void idle_pool_give(struct idle_pool *pool, struct link *link);

/* An idle connection became readable, or was idle for too long. */
void idle_pool_ready(struct idle_pool *pool, struct link *link);
void idle_pool_expired(struct idle_pool *pool, struct link *link);

/* Room for one read of one connection, free again after the event. */
char *idle_pool_scratch(struct idle_pool *pool, size_t size);
/*
 * A callback may free the exchange that calls it. The pool lives longer and remembers the running
 * exchange, and idle_pool_runs returns afterwards whether it still exists.
 */
void idle_pool_enter(struct idle_pool *pool, const struct exchange *exchange);
void idle_pool_leave(struct idle_pool *pool, const struct exchange *exchange);
bool idle_pool_runs(const struct idle_pool *pool, const struct exchange *exchange);

struct later_queue *idle_pool_later(struct idle_pool *pool);

#endif
