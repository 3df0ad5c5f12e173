/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to a backend. */
#include "upstream/link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/must.h"
#include "net/socket.h"
#include "upstream/h2_link.h"
#include "upstream/idle.h"

static void link_on_ready(struct watch *watch, int events)
{
    struct link *link = CONTAINER_OF(watch, struct link, watch);
    if (link->exchange) {
        exchange_ready(link->exchange, events);
    } else if (link->h2) {
        h2_link_ready(link->h2, events);
    } else {
        idle_pool_ready(link->pool, link);
    }
}

static void on_expired(struct deadline *deadline)
{
    struct link *link = CONTAINER_OF(deadline, struct link, deadline);
    if (link->exchange) {
        exchange_expired(link->exchange);
    } else if (link->h2 && link->place != LINK_IDLE) {
        h2_link_expired(link->h2);
    } else {
        idle_pool_expired(link->pool, link);
    }
}

static void set_key(struct link_key *key, const struct exchange_target *target)
{
    key->group = target->group;
    key->peer = target->peer->address;
    if (target->local) {
        key->local = *target->local;
    }
    key->http2 = target->http2;
    key->tls = target->tls;
    if (!target->tls) {
        return;
    }
    key->keypair = target->tls_connect.keypair;
    key->send_sni = target->tls_connect.send_sni;
    if (target->tls_connect.name) {
        key->name = must_have(strdup(target->tls_connect.name));
    }
}

static bool same_name(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_local(const struct address *a, const struct address *b)
{
    return b ? a->len && address_equal(a, b) : a->len == 0;
}

bool link_fits(const struct link *link, const struct exchange_target *target)
{
    assert(!link->exchange); /* idle, or of many */
    const struct link_key *key = &link->key;
    if (key->group != target->group || key->http2 != target->http2 || key->tls != target->tls ||
        !address_equal(&key->peer, &target->peer->address) ||
        !same_local(&key->local, target->local)) {
        return false;
    }
    const struct tls_connect *connect = &target->tls_connect;
    return !target->tls ||
           (key->keypair == connect->keypair && key->send_sni == connect->send_sni &&
            same_name(key->name, connect->name));
}

static void link_free(struct link *link)
{
    buf_deinit(&link->in);
    buf_deinit(&link->out);
    free((void *)(uintptr_t)link->key.name);
    free(link);
}

static void link_handle_closed(struct link *link)
{
    assert(link->handles > 0);
    if (--link->handles == 0) {
        link_free(link);
    }
}

static void link_on_watch_closed(struct watch *watch)
{
    link_handle_closed(CONTAINER_OF(watch, struct link, watch));
}

static void link_on_deadline_closed(struct deadline *deadline)
{
    link_handle_closed(CONTAINER_OF(deadline, struct link, deadline));
}

struct link *link_open(struct idle_pool *pool, struct loop *loop,
                       const struct exchange_target *target, struct exchange *exchange,
                       struct error *err)
{
    int fd, errnum;
    enum io io = socket_connect(&target->peer->address, target->local, &fd, &errnum);
    if (io == IO_FAILED) {
        (void)!error_errno(err, errnum, "connect()");
        return NULL;
    }
    assert(fd >= 0);
    if (target->socket_keepalive) {
        int on = 1;
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    }
    struct link *link = must_have(calloc(1, sizeof(*link)));
    link->pool = pool;
    link->exchange = exchange;
    link->start_ms = uv_now(&loop->uv);
    if (!watch_init(&link->watch, loop, fd, link_on_ready, err)) {
        close(fd);
        free(link);
        return NULL;
    }
    deadline_init(&link->deadline, loop, on_expired);
    link->handles = 2;
    set_key(&link->key, target);
    transport_init(&link->transport, fd);
    link->state = io == IO_DONE && !target->tls ? LINK_UP : LINK_CONNECTING;
    return link;
}

bool link_still_good(struct link *link)
{
    transport_judge_again(&link->transport, clock_second());
    return !link->transport.proof || link->transport.verdict.status == VERDICT_GOOD;
}

void link_close(struct link *link, bool in_order)
{
    assert(link->handles == 2); /* closed once */
    assert(link->place == LINK_NOWHERE);
    if (in_order && link->state == LINK_UP) {
        if (link->h2) {
            h2_link_goodbye(link->h2);
        }
        transport_shutdown(&link->transport);
    }
    h2_link_free(link->h2);
    link->h2 = NULL;
    link->exchange = NULL;
    transport_deinit(&link->transport);
    watch_close(&link->watch, link_on_watch_closed);
    deadline_close(&link->deadline, link_on_deadline_closed);
}
