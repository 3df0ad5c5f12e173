/* SPDX-License-Identifier: Apache-2.0 */
/* One exchange with one peer: its life, and the request's way out. exchange_read.c reads the
 * answer. */
#include "upstream/exchange.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/container.h"
#include "net/socket.h"
#include "upstream/exchange_state.h"
#include "upstream/h2_link.h"

enum {
    UNSENT_FLUSH = 16 * 1024
}; /* so much waits for the rest of a request before a first write */

uint64_t exchange_now(const struct exchange *exchange)
{
    return uv_now(&exchange->loop->uv);
}

int64_t exchange_age(const struct exchange *exchange)
{
    return (int64_t)(exchange_now(exchange) - exchange->start_ms);
}

static bool is_connected(const struct exchange *exchange)
{
    return exchange->phase >= EXCHANGE_WAITING && exchange->phase < EXCHANGE_OVER;
}

/* --- ends --- */

/* Off its connection, which is closed unless others are on it. */
static void leave_link(struct exchange *exchange)
{
    struct link *link = exchange->link;
    if (exchange->target.http2) {
        exchange_h2_leave(exchange);
    }
    if (link && exchange->link) { /* it was its only exchange */
        link_close(link, false);
        exchange->link = NULL;
    }
}

void exchange_fail(struct exchange *exchange, enum exchange_failure failure, const char *text)
{
    assert(exchange->phase != EXCHANGE_OVER); /* the end is told once */
    const char *kept = arena_cstr(exchange->arena, str_of(text));
    exchange->phase = EXCHANGE_OVER;
    exchange->stats.response_ms = exchange_age(exchange);
    leave_link(exchange);
    exchange->handler->failed(exchange->arg, failure, kept);
}

static void fail_with(struct exchange *exchange, enum exchange_failure failure,
                      const struct error *err, const char *phase)
{
    char text[sizeof(err->text) + 64];
    snprintf(text, sizeof(text), "%s %s", err->text, phase);
    exchange_fail(exchange, failure, text);
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange) {
        return;
    }
    later_cancel(idle_pool_later(exchange->pool), &exchange->later);
    leave_link(exchange);
    exchange->phase = EXCHANGE_OVER;
    idle_pool_leave(exchange->pool, exchange);
}

/* --- what to wait for --- */

static enum exchange_wait wait_of(const struct exchange *exchange)
{
    if (exchange->paused) {
        return EXCHANGE_WAITS_FOR_CLIENT; /* it is not the backend that is slow */
    }
    if (exchange->link->blocked) {
        return EXCHANGE_WAITS_TO_SEND;
    }
    bool is_reading = exchange->ended || exchange->phase > EXCHANGE_WAITING;
    return is_reading ? EXCHANGE_WAITS_TO_READ : EXCHANGE_WAITS_FOR_CLIENT;
}

/* TLS may make a connection readable without a byte for us: that gives no more time. */
static void exchange_set_deadline(struct exchange *exchange)
{
    const struct exchange_timeouts *timeouts = &exchange->target.timeouts;
    struct deadline *deadline = &exchange->link->deadline;
    enum exchange_wait wait = wait_of(exchange);
    uint64_t moved = exchange->stats.bytes_sent + exchange->stats.bytes_received;
    if (wait == EXCHANGE_WAITS_FOR_CLIENT) {
        deadline_clear(deadline);
    } else if (wait != exchange->wait || moved != exchange->moved) {
        deadline_set(deadline,
                     wait == EXCHANGE_WAITS_TO_SEND ? timeouts->send_ms : timeouts->read_ms);
    }
    exchange->wait = wait;
    exchange->moved = moved;
}

/* Arms the loop after each turn of a connected exchange. */
static void wait_on(struct exchange *exchange)
{
    struct link *link = exchange->link;
    assert(is_connected(exchange) && link->exchange == exchange);
    int events = link->blocked ? WATCH_WRITE : 0;
    /* A paused connection stays armed until something comes: most pauses are over before. */
    if (!exchange->paused || link->watch.armed & WATCH_READ) {
        events |= WATCH_READ;
    }
    watch_arm(&link->watch, link->read_waits && !exchange->paused ? WATCH_WRITE : events);
    exchange_set_deadline(exchange);
}

/* --- the request's way out --- */

size_t exchange_unsent(const struct exchange *exchange)
{
    if (exchange->target.http2) {
        return buf_size(&exchange->stream.out);
    }
    return exchange->link ? buf_size(&exchange->link->out) : 0;
}

static size_t head_left(const struct exchange *exchange)
{
    return exchange->request->head.n - exchange->head_sent;
}

/* n bytes left: of the head, of what waited, of `extra`. */
static void advance(struct exchange *exchange, size_t n, struct str *extra)
{
    exchange->stats.bytes_sent += n;
    size_t of_head = n < head_left(exchange) ? n : head_left(exchange);
    exchange->head_sent += of_head;
    n -= of_head;
    size_t waiting = buf_size(&exchange->link->out);
    size_t of_out = n < waiting ? n : waiting;
    if (of_out) {
        buf_consume(&exchange->link->out, of_out);
    }
    assert(n - of_out <= extra->n); /* no more left than there was */
    *extra = str_skip(*extra, n - of_out);
}

static size_t unsent_parts(const struct exchange *exchange, struct str extra, struct str parts[3])
{
    size_t count = 0;
    if (head_left(exchange)) {
        parts[count++] = str_skip(exchange->request->head, exchange->head_sent);
    }
    if (buf_size(&exchange->link->out)) {
        parts[count++] = buf_view(&exchange->link->out);
    }
    if (extra.n) {
        parts[count++] = extra;
    }
    return count;
}

/* The peer takes no more. What it may have said before is read first, from the loop. */
static void stop_writing(struct exchange *exchange, const struct error *err)
{
    exchange->write_error = arena_cstr(exchange->arena, str_of(err->text));
    exchange->head_sent = exchange->request->head.n;
    buf_clear(&exchange->link->out);
    later_add(idle_pool_later(exchange->pool), &exchange->later);
}

/* Sends what waits and then `extra`, of which the rest is copied when not all can leave. */
static void exchange_flush(struct exchange *exchange, struct str extra)
{
    struct link *link = exchange->link;
    struct str parts[3];
    size_t count;
    link->blocked = false;
    if (exchange->write_error) {
        return;
    }
    while ((count = unsent_parts(exchange, extra, parts))) {
        struct error err;
        size_t n;
        switch (transport_writev(&link->transport, parts, count, &n, &err)) {
        case IO_DONE: advance(exchange, n, &extra); continue;
        case IO_WANT_READ: break; /* reading is armed */
        case IO_WANT_WRITE: link->blocked = true; break;
        case IO_CLOSED:
            (void)!error_set(&err, "upstream closed connection");
            stop_writing(exchange, &err);
            return;
        case IO_FAILED: stop_writing(exchange, &err); return;
        }
        buf_append(&link->out, extra);
        return;
    }
}

/* Once only: afterwards there is nothing to send that would lead here again. */
static void shut_if_sent(struct exchange *exchange)
{
    struct link *link = exchange->link;
    if (exchange->tunnel_ended && exchange_unsent(exchange) == 0 && !exchange->write_error) {
        exchange->tunnel_ended = false;
        transport_shutdown(&link->transport);
        (void)shutdown(link->watch.fd, SHUT_WR);
    }
}

void exchange_write(struct exchange *exchange, struct str bytes)
{
    struct link *link = exchange->link;
    if (!link || bytes.n == 0 || exchange->write_error) {
        return;
    }
    if (exchange->target.http2) {
        exchange_h2_write(exchange, bytes);
        return;
    }
    exchange->body_given = true;
    bool now = is_connected(exchange) && !link->blocked &&
               (exchange->phase == EXCHANGE_TUNNEL ||
                buf_size(&link->out) + bytes.n + head_left(exchange) >= UNSENT_FLUSH);
    if (now) {
        exchange_flush(exchange, bytes);
        wait_on(exchange);
    } else {
        buf_append(&link->out, bytes);
        if (is_connected(exchange) && !link->blocked) {
            later_add(idle_pool_later(exchange->pool), &exchange->later);
        }
    }
    exchange->owes_drained = buf_size(&link->out) > 0;
}

void exchange_end_request(struct exchange *exchange)
{
    if (exchange->target.http2) {
        exchange_h2_end(exchange);
        return;
    }
    exchange->ended = true;
    exchange->owes_drained = false; /* there is nothing more to give */
    if (exchange->link && is_connected(exchange)) {
        if (!exchange->link->blocked) {
            exchange_flush(exchange, STR(""));
        }
        wait_on(exchange);
    }
}

void exchange_end_tunnel(struct exchange *exchange)
{
    assert(exchange->phase == EXCHANGE_TUNNEL || exchange->phase == EXCHANGE_OVER);
    exchange->tunnel_ended = exchange->phase == EXCHANGE_TUNNEL;
    shut_if_sent(exchange);
}

/* Sends what can be sent now and tells when all is gone. False: the exchange is over or gone. */
static bool send_waiting(struct exchange *exchange)
{
    struct idle_pool *pool = exchange->pool;
    exchange_flush(exchange, STR(""));
    shut_if_sent(exchange);
    if (exchange->owes_drained && exchange_unsent(exchange) == 0) {
        exchange->owes_drained = false;
        exchange->handler->drained(exchange->arg);
        return idle_pool_runs(pool, exchange) && exchange->phase != EXCHANGE_OVER;
    }
    return true;
}

/* --- connecting --- */

bool exchange_tell_connected(struct exchange *exchange)
{
    struct idle_pool *pool = exchange->pool;
    if (!exchange->told) {
        exchange->told = true;
        exchange->handler->connected(exchange->arg, exchange->reused);
    }
    return idle_pool_runs(pool, exchange);
}

/* On a connection that is up. */
static void set_connected(struct exchange *exchange, struct link *link)
{
    exchange->phase = EXCHANGE_WAITING;
    exchange->wait = EXCHANGE_WAITS_FOR_CLIENT; /* no time limit counts yet */
    exchange->stats.connect_ms = exchange_age(exchange);
    link->state = LINK_UP;
    if (exchange->target.http2) {
        link->exchange = NULL;
        link->h2 = link->h2 ? link->h2 : h2_link_new(link);
        h2_link_add(link->h2, exchange);
    } else {
        exchange->link = link;
        link->exchange = exchange;
        link->requests++;
    }
}

/* RFC 9113, 3.3 asks for ALPN; a backend that does not know it may still speak HTTP/2. */
static bool agreed_on_other(const struct exchange *exchange)
{
    struct str agreed = transport_alpn(&exchange->link->transport);
    return exchange->target.http2 && agreed.n && !str_eq(agreed, STR("h2"));
}

static void connection_up(struct exchange *exchange)
{
    if (agreed_on_other(exchange)) {
        exchange_fail(exchange, EXCHANGE_CONNECT,
                      "upstream does not speak HTTP/2 while SSL handshaking to upstream");
        return;
    }
    set_connected(exchange, exchange->link);
    if (exchange->target.http2) {
        return; /* goes on with the connection's exchanges */
    }
    if (exchange_tell_connected(exchange) && send_waiting(exchange)) {
        wait_on(exchange);
    }
}

static void go_on_handshake(struct exchange *exchange)
{
    assert(exchange->target.tls && exchange->link->state == LINK_HANDSHAKE);
    struct error err;
    struct watch *watch = &exchange->link->watch;
    switch (transport_handshake(&exchange->link->transport, &err)) {
    case IO_DONE: connection_up(exchange); return;
    case IO_WANT_READ: watch_arm(watch, WATCH_READ); return;
    case IO_WANT_WRITE: watch_arm(watch, WATCH_WRITE); return;
    case IO_CLOSED: (void)!error_set(&err, "peer closed connection in SSL handshake"); break;
    case IO_FAILED: break;
    }
    fail_with(exchange, EXCHANGE_CONNECT, &err, "while SSL handshaking to upstream");
}

static void go_on_connecting(struct exchange *exchange)
{
    struct error err;
    struct link *link = exchange->link;
    assert(link->state == LINK_CONNECTING);
    int errnum = socket_connected(link->watch.fd);
    if (errnum) {
        (void)!error_errno(&err, errnum, "connect()");
        fail_with(exchange, EXCHANGE_CONNECT, &err, "while connecting to upstream");
        return;
    }
    if (!exchange->target.tls) {
        connection_up(exchange);
        return;
    }
    exchange->phase = EXCHANGE_HANDSHAKE;
    link->state = LINK_HANDSHAKE;
    if (!transport_connect_tls(&link->transport, exchange->target.tls,
                               &exchange->target.tls_connect, &err)) {
        fail_with(exchange, EXCHANGE_CONNECT, &err, "while SSL handshaking to upstream");
        return;
    }
    go_on_handshake(exchange);
}

/* False when it failed at once; early_failure says why. */
static bool connect_new(struct exchange *exchange)
{
    struct error err;
    exchange->reused = false;
    exchange->phase = EXCHANGE_CONNECTING;
    exchange->link = link_open(exchange->pool, exchange->loop, &exchange->target, exchange, &err);
    if (!exchange->link) {
        exchange->early_failure =
            arena_printf(exchange->arena, "%s while connecting to upstream", err.text).p;
        return false;
    }
    if (exchange->link->state == LINK_UP) {
        set_connected(exchange, exchange->link);
        if (!exchange->target.http2) {
            wait_on(exchange);
            later_add(idle_pool_later(exchange->pool), &exchange->later);
        }
        return true;
    }
    watch_arm(&exchange->link->watch, WATCH_WRITE);
    deadline_set(&exchange->link->deadline, exchange->target.timeouts.connect_ms);
    return true;
}

bool exchange_reconnect(struct exchange *exchange, bool unprocessed)
{
    if (!exchange->reused || exchange->body_given || exchange->stats.bytes_received ||
        (!exchange->retry_stale && !unprocessed)) {
        return false;
    }
    assert(exchange->phase == EXCHANGE_WAITING);
    leave_link(exchange);
    exchange->stream = (struct exchange_stream){0};
    exchange->head_sent = 0;
    exchange->write_error = NULL;
    exchange->scan = (struct head_scan){0};
    if (!connect_new(exchange)) {
        later_add(idle_pool_later(exchange->pool), &exchange->later);
    }
    return true;
}

/* --- events --- */

/* A turn that some function of ours, not the connection, asked for. */
static void exchange_on_later(struct later *later)
{
    struct exchange *exchange = CONTAINER_OF(later, struct exchange, later);
    struct idle_pool *pool = exchange->pool;
    if (exchange->early_failure) {
        exchange_fail(exchange, EXCHANGE_CONNECT, exchange->early_failure);
        return;
    }
    if (!exchange->link || !is_connected(exchange)) {
        return;
    }
    assert(!exchange->target.http2); /* the connection looks at its exchanges */
    idle_pool_enter(pool, exchange);
    bool go_on =
        exchange_tell_connected(exchange) && send_waiting(exchange) && exchange_read_kept(exchange);
    if (go_on && exchange->write_error && exchange->phase == EXCHANGE_WAITING) {
        go_on = exchange_read(exchange); /* it says what there is, or that all is over */
    }
    if (go_on) {
        wait_on(exchange);
    }
    idle_pool_leave(pool, exchange);
}

static void connected_ready(struct exchange *exchange, int events)
{
    if ((events & WATCH_WRITE || exchange->link->blocked) && !send_waiting(exchange)) {
        return;
    }
    /* Over TLS, reading may have waited for a chance to write. */
    if (events & WATCH_READ || exchange->link->transport.ssl) {
        if (exchange->paused) {
            watch_arm(&exchange->link->watch, 0); /* until it is resumed */
        } else if (!exchange_read(exchange)) {
            return;
        }
    }
    if (is_connected(exchange)) {
        wait_on(exchange);
    }
}

void exchange_ready(struct exchange *exchange, int events)
{
    assert(exchange->link && exchange->phase != EXCHANGE_OVER);
    struct idle_pool *pool = exchange->pool;
    idle_pool_enter(pool, exchange);
    switch (exchange->phase) {
    case EXCHANGE_CONNECTING: go_on_connecting(exchange); break;
    case EXCHANGE_HANDSHAKE: go_on_handshake(exchange); break;
    default: connected_ready(exchange, events); break;
    }
    idle_pool_leave(pool, exchange);
}

void exchange_expired(struct exchange *exchange)
{
    assert(exchange->link && exchange->phase != EXCHANGE_OVER);
    static const char timed_out[] = "upstream timed out (110: Connection timed out)";
    const char *phase = "while connecting to upstream";
    enum exchange_failure failure = EXCHANGE_TIMEOUT;
    bool is_sending = exchange->link->blocked || buf_size(&exchange->stream.out) > 0;
    switch (exchange->phase) {
    case EXCHANGE_HANDSHAKE: phase = "while SSL handshaking to upstream"; break;
    case EXCHANGE_WAITING:
        phase = is_sending ? "while sending request to upstream"
                           : "while reading response header from upstream";
        break;
    case EXCHANGE_BODY:
        phase = "while reading upstream";
        failure = EXCHANGE_BROKEN_BODY;
        break;
    case EXCHANGE_TUNNEL:
        phase = "while proxying upgraded connection";
        failure = EXCHANGE_BROKEN_BODY;
        break;
    default: break;
    }
    char text[128];
    snprintf(text, sizeof(text), "%s %s", timed_out, phase);
    exchange_fail(exchange, failure, text);
}

/* --- the caller's side --- */

struct exchange *exchange_start(struct idle_pool *pool, struct loop *loop, struct arena *arena,
                                const struct exchange_target *target,
                                const struct exchange_request *request, bool retry_stale,
                                const struct exchange_handler *handler, void *arg)
{
    assert(target->peer && target->read_size > 0);
    assert(handler->connected && handler->drained && handler->head && handler->data &&
           handler->done && handler->failed);
    struct exchange *exchange = arena_zalloc(arena, sizeof(*exchange));
    exchange->pool = pool;
    exchange->loop = loop;
    exchange->arena = arena;
    exchange->target = *target;
    exchange->handler = handler;
    exchange->arg = arg;
    exchange->request = request;
    exchange->retry_stale = retry_stale;
    exchange->later.run = exchange_on_later;
    exchange->start_ms = uv_now(&loop->uv);
    exchange->stats = (struct exchange_stats){.connect_ms = -1, .header_ms = -1, .response_ms = -1};
    struct link *kept = idle_pool_take(pool, target);
    if (kept) {
        exchange->reused = true;
        set_connected(exchange, kept);
    } else if (connect_new(exchange)) {
        return exchange;
    }
    assert(!exchange->told); /* the handler is called from the loop only */
    if (!kept || !target->http2) {
        later_add(idle_pool_later(pool), &exchange->later);
    }
    return exchange;
}

void exchange_pause(struct exchange *exchange)
{
    exchange->paused = true;
    if (!exchange->target.http2 && exchange->link && is_connected(exchange)) {
        exchange_set_deadline(exchange);
    }
}

void exchange_resume(struct exchange *exchange)
{
    if (!exchange->paused) {
        return;
    }
    exchange->paused = false;
    if (exchange->target.http2) {
        exchange_h2_resume(exchange);
        return;
    }
    if (exchange->link && is_connected(exchange)) {
        wait_on(exchange);
        /* Not from here: the caller does not expect to be called back. */
        later_add(idle_pool_later(exchange->pool), &exchange->later);
    }
}

struct exchange_stats exchange_stats(const struct exchange *exchange, bool ends)
{
    struct exchange_stats stats = exchange->stats;
    if (ends && stats.response_ms < 0) {
        stats.response_ms = exchange_age(exchange);
    }
    return stats;
}
