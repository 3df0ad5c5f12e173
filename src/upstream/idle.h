/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's connections to backends that a request may take: idle ones, and those of HTTP/2 with
 * room; newest first in each group. Private to upstream/. */
#ifndef UPSTREAM_IDLE_H
#define UPSTREAM_IDLE_H

#include "upstream/exchange.h"
#include "upstream/later.h"
#include "upstream/link.h"

/* Takes out the most recently used connection that fits, over HTTP/2 rather one that has exchanges
 * already; NULL: none. */
struct link *idle_pool_take(struct idle_pool *pool, const struct exchange_target *target);
/* Takes back a connection without an exchange: keeps it as long as its group's settings allow, or
 * closes it. */
void idle_pool_give(struct idle_pool *pool, struct link *link);
/* A connection with exchanges has room for more: others may take it, as long as its group's
 * settings allow. Does nothing if they can already. */
void idle_pool_share(struct idle_pool *pool, struct link *link);
/* Takes it out of the list it is in, if any. */
void idle_pool_withdraw(struct idle_pool *pool, struct link *link);

/* An idle connection became readable, or was idle for too long. */
void idle_pool_ready(struct idle_pool *pool, struct link *link);
void idle_pool_expired(struct idle_pool *pool, struct link *link);

/* Memory for one read of a connection, until the end of the event. */
char *idle_pool_scratch(struct idle_pool *pool, size_t size);
/*
 * A callback may free the exchange that calls it. So the pool, which lives longer, remembers the
 * running exchange: after the callback, idle_pool_runs says whether it still exists.
 */
void idle_pool_enter(struct idle_pool *pool, const struct exchange *exchange);
void idle_pool_leave(struct idle_pool *pool, const struct exchange *exchange);
bool idle_pool_runs(const struct idle_pool *pool, const struct exchange *exchange);

struct later_queue *idle_pool_later(struct idle_pool *pool);

#endif
