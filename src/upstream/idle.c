/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's connections to backends that a request may take. */
#include "upstream/idle.h"

#include <assert.h>
#include <stdlib.h>

#include "base/container.h"
#include "base/must.h"
#include "upstream/h2_link.h"

struct link_list {
    struct link *newest;
    struct link *oldest;
    uint64_t n;
};

struct idle_group {
    struct link_list lists[LINK_PLACES]; /* LINK_NOWHERE's stays empty */
};

struct idle_pool {
    struct loop *loop;
    struct idle_group *groups; /* by group index */
    size_t groups_n;
    char *scratch;
    size_t scratch_size;
    struct later_queue later;
    const struct exchange *running; /* whose event is being handled; NULL: none */
    bool closed;                    /* nothing is kept any more */
    unsigned users;                 /* the owner, and the queue until it is closed */
};

enum { KEEP_MAX = 16 * 1024 }; /* a larger buffer is given back while the connection is idle */

struct idle_pool *idle_pool_new(struct loop *loop)
{
    struct idle_pool *pool = must_have(calloc(1, sizeof(*pool)));
    pool->loop = loop;
    pool->users = 2;
    later_queue_init(&pool->later, loop);
    return pool;
}

static void drop_user(struct idle_pool *pool)
{
    assert(pool->users > 0);
    if (--pool->users == 0) {
        free(pool->groups);
        free(pool->scratch);
        free(pool);
    }
}

static void idle_on_later_closed(struct later_queue *queue)
{
    drop_user(CONTAINER_OF(queue, struct idle_pool, later));
}

static struct idle_group *idle_group_of(struct idle_pool *pool, const struct upstream_group *group)
{
    size_t index = group->index;
    if (index >= pool->groups_n) {
        size_t n = index + 8;
        pool->groups = must_have(realloc(pool->groups, n * sizeof(*pool->groups)));
        memset(pool->groups + pool->groups_n, 0, (n - pool->groups_n) * sizeof(*pool->groups));
        pool->groups_n = n;
    }
    return &pool->groups[index];
}

static struct link_list *list_of(struct idle_pool *pool, const struct upstream_group *group,
                                 enum link_place place)
{
    return &idle_group_of(pool, group)->lists[place];
}

void idle_pool_withdraw(struct idle_pool *pool, struct link *link)
{
    if (link->place == LINK_NOWHERE) {
        return;
    }
    struct link_list *list = list_of(pool, link->key.group, link->place);
    assert(list->n > 0 && !link->exchange);
    assert(link->newer || list->newest == link);
    assert(link->older || list->oldest == link);
    *(link->newer ? &link->newer->older : &list->newest) = link->older;
    *(link->older ? &link->older->newer : &list->oldest) = link->newer;
    link->newer = link->older = NULL;
    link->place = LINK_NOWHERE;
    list->n--;
}

static void list_add(struct idle_pool *pool, struct link *link, enum link_place place)
{
    struct link_list *list = list_of(pool, link->key.group, place);
    assert(link->place == LINK_NOWHERE && place != LINK_NOWHERE);
    link->place = place;
    link->older = list->newest;
    *(list->newest ? &list->newest->newer : &list->oldest) = link;
    list->newest = link;
    list->n++;
}

static void idle_drop(struct idle_pool *pool, struct link *link)
{
    idle_pool_withdraw(pool, link);
    link_close(link, true);
}

void idle_pool_close(struct idle_pool *pool)
{
    if (pool->closed) {
        return;
    }
    pool->closed = true;
    for (size_t i = 0; i < pool->groups_n; i++) {
        while (pool->groups[i].lists[LINK_IDLE].newest) {
            idle_drop(pool, pool->groups[i].lists[LINK_IDLE].newest);
        }
    }
    later_queue_close(&pool->later, idle_on_later_closed);
}

void idle_pool_free(struct idle_pool *pool)
{
    if (!pool) {
        return;
    }
    idle_pool_close(pool);
    drop_user(pool);
}

static bool may_stay(const struct idle_pool *pool, const struct link *link)
{
    const struct upstream_group *group = link->key.group;
    uint64_t age_ms = uv_now(&pool->loop->uv) - link->start_ms;
    return !pool->closed && group && group->keepalive &&
           link->requests < group->keepalive_requests && age_ms < group->keepalive_time_ms;
}

/* Among those of one list. One whose certificate is no longer valid is closed, or takes no more
 * exchanges. */
static struct link *take_from(struct idle_pool *pool, const struct exchange_target *target,
                              enum link_place place)
{
    struct link *older;
    for (struct link *link = list_of(pool, target->group, place)->newest; link; link = older) {
        older = link->older;
        if (!link_fits(link, target) || (link->h2 && !h2_link_has_room(link->h2))) {
            continue;
        }
        idle_pool_withdraw(pool, link);
        if (link_still_good(link)) {
            return link;
        }
        if (place == LINK_IDLE) {
            link_close(link, true);
        } else {
            link->h2->worn = true;
        }
    }
    return NULL;
}

struct link *idle_pool_take(struct idle_pool *pool, const struct exchange_target *target)
{
    if (!target->group || target->group->keepalive == 0 || pool->closed) {
        return NULL;
    }
    struct link *shared = target->http2 ? take_from(pool, target, LINK_SHARED) : NULL;
    return shared ? shared : take_from(pool, target, LINK_IDLE);
}

void idle_pool_give(struct idle_pool *pool, struct link *link)
{
    assert(!link->exchange && link->place == LINK_NOWHERE);
    if (!may_stay(pool, link)) {
        link_close(link, true);
        return;
    }
    /* Nothing of one request reaches the next. */
    assert(buf_size(&link->in) == 0 && buf_size(&link->out) == 0 && !link->blocked);
    struct link_list *list = list_of(pool, link->key.group, LINK_IDLE);
    if (list->n >= link->key.group->keepalive) {
        idle_drop(pool, list->oldest);
    }
    list_add(pool, link, LINK_IDLE);
    if (link->in.cap > KEEP_MAX) {
        buf_deinit(&link->in);
    }
    if (link->out.cap > KEEP_MAX) {
        buf_deinit(&link->out);
    }
    watch_arm(&link->watch, WATCH_READ);
    deadline_set(&link->deadline, link->key.group->keepalive_timeout_ms);
}

void idle_pool_share(struct idle_pool *pool, struct link *link)
{
    assert(link->h2 && link->place != LINK_IDLE);
    bool may = may_stay(pool, link);
    if (!may) {
        idle_pool_withdraw(pool, link);
    } else if (link->place == LINK_NOWHERE) {
        list_add(pool, link, LINK_SHARED);
    }
}

/*
 * A backend must not send anything without a request: end of file, an error, and above all bytes,
 * which the next request would take for its response, all end the connection. TLS may send messages
 * of its own (session tickets).
 */
void idle_pool_ready(struct idle_pool *pool, struct link *link)
{
    assert(!link->exchange && !link->h2);
    struct error err;
    char byte;
    size_t n;
    if (transport_read(&link->transport, &byte, 1, &n, &err) != IO_WANT_READ) {
        idle_drop(pool, link);
    } else {
        watch_arm(&link->watch, WATCH_READ);
    }
}

void idle_pool_expired(struct idle_pool *pool, struct link *link)
{
    idle_drop(pool, link);
}

char *idle_pool_scratch(struct idle_pool *pool, size_t size)
{
    if (pool->scratch_size < size) {
        pool->scratch = must_have(realloc(pool->scratch, size));
        pool->scratch_size = size;
    }
    return pool->scratch;
}

struct later_queue *idle_pool_later(struct idle_pool *pool)
{
    return &pool->later;
}

void idle_pool_enter(struct idle_pool *pool, const struct exchange *exchange)
{
    assert(!pool->running); /* events do not nest */
    pool->running = exchange;
}

void idle_pool_leave(struct idle_pool *pool, const struct exchange *exchange)
{
    if (pool->running == exchange) {
        pool->running = NULL;
    }
}

bool idle_pool_runs(const struct idle_pool *pool, const struct exchange *exchange)
{
    return pool->running == exchange;
}
