/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 on one connection to a backend: reading, sending, and its place in the pool. */
#include "upstream/h2_link.h"

#include <assert.h>
#include <stdlib.h>

#include "base/container.h"
#include "base/must.h"
#include "http/h2_options.h"
#include "upstream/idle.h"
#include "upstream/link.h"

enum {
    READ_SIZE = 64 * 1024,
    READS_A_TURN = 16,                    /* then other connections get their turn */
    FLUSH_MAX = 64 * 1024,                /* frames made before they are sent */
    STREAMS_MAX = 128,                    /* at a time, if the backend allows as many */
    CONNECTION_WINDOW = 16 * 1024 * 1024, /* what bounds memory is each stream's own window */
};

/* --- beginning and end --- */

static nghttp2_session *client_session(struct h2_link *h2)
{
    static const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
    nghttp2_session_callbacks *callbacks = exchange_h2_callbacks();
    nghttp2_option *option = h2_options_new();
    nghttp2_session *ng = NULL;
    if (nghttp2_session_client_new2(&ng, callbacks, h2, option) != 0) {
        must_have(NULL);
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    (void)nghttp2_submit_settings(ng, NGHTTP2_FLAG_NONE, settings, COUNT_OF(settings));
    (void)nghttp2_session_set_local_window_size(ng, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW);
    return ng;
}

static void h2_link_settle(struct h2_link *h2);

static void h2_link_on_later(struct later *later)
{
    struct h2_link *h2 = CONTAINER_OF(later, struct h2_link, later);
    if (h2->unread) {
        h2_link_ready(h2, 0);
    } else {
        h2_link_settle(h2);
    }
}

struct h2_link *h2_link_new(struct link *link)
{
    assert(link->state == LINK_UP && !link->h2);
    struct h2_link *h2 = must_calloc(1, sizeof(*h2));
    h2->link = link;
    h2->later.run = h2_link_on_later;
    h2->ng = client_session(h2);
    return h2;
}

void h2_link_free(struct h2_link *h2)
{
    if (!h2) {
        return;
    }
    assert(h2->n == 0 && !h2->settling);
    later_cancel(idle_pool_later(h2->link->pool), &h2->later);
    nghttp2_session_del(h2->ng);
    free(h2);
}

static uint64_t h2_link_now(const struct h2_link *h2)
{
    return uv_now(h2->link->watch.poll.loop);
}

static void break_off(struct h2_link *h2, const struct error *why)
{
    if (!h2->broken) {
        h2->broken = h2->worn = true;
        h2->why = *why;
    }
}

/* --- exchanges --- */

bool h2_link_has_room(const struct h2_link *h2)
{
    uint32_t allowed =
        nghttp2_session_get_remote_settings(h2->ng, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    return h2->has_settings && !h2->worn && !h2->doubted && h2->n < STREAMS_MAX &&
           h2->n < allowed && nghttp2_session_check_request_allowed(h2->ng);
}

void h2_link_wake(struct h2_link *h2)
{
    if (!h2->settling) {
        later_add(idle_pool_later(h2->link->pool), &h2->later);
    }
}

static void offer_or_withdraw(struct h2_link *h2)
{
    struct link *link = h2->link;
    if (h2_link_has_room(h2)) {
        idle_pool_share(link->pool, link);
    } else {
        idle_pool_withdraw(link->pool, link);
    }
}

void h2_link_add(struct h2_link *h2, struct exchange *exchange)
{
    assert(!h2->broken && exchange->target.http2);
    exchange->link = h2->link;
    exchange->stream.prev = h2->last;
    exchange->stream.next = NULL;
    *(h2->last ? &h2->last->stream.next : &h2->first) = exchange;
    h2->last = exchange;
    h2->n++;
    h2->link->requests++;
    exchange->stream.due = true;
    offer_or_withdraw(h2);
    h2_link_wake(h2);
}

void h2_link_remove(struct h2_link *h2, struct exchange *exchange)
{
    struct exchange_stream *stream = &exchange->stream;
    assert(h2->n > 0 && exchange->link == h2->link);
    if (h2->cursor == exchange) {
        h2->cursor = stream->next;
    }
    *(stream->prev ? &stream->prev->stream.next : &h2->first) = stream->next;
    *(stream->next ? &stream->next->stream.prev : &h2->last) = stream->prev;
    stream->prev = stream->next = NULL;
    h2->n--;
    exchange->link = NULL;
    if (stream->id > 0 && !stream->closed) {
        (void)nghttp2_session_set_stream_user_data(h2->ng, stream->id, NULL);
        (void)nghttp2_submit_rst_stream(h2->ng, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
    }
    if (h2->n == 0 && !h2->settling) {
        h2_link_settle(h2); /* the pool may be closing: there may be no later turn */
    } else {
        h2_link_wake(h2);
    }
}

static void run_due(struct h2_link *h2)
{
    struct idle_pool *pool = h2->link->pool;
    h2->cursor = h2->first;
    while (h2->cursor) {
        struct exchange *exchange = h2->cursor;
        h2->cursor = exchange->stream.next;
        if (exchange->stream.due || h2->broken) {
            exchange->stream.due = false;
            idle_pool_enter(pool, exchange);
            exchange_h2_run(exchange, h2);
            idle_pool_leave(pool, exchange);
        }
    }
}

/* --- sending --- */

/* Adds the frames that may be sent. False: there are none. */
static bool make_frames(struct h2_link *h2)
{
    struct buf *out = &h2->link->out;
    size_t before = buf_size(out);
    while (buf_size(out) < FLUSH_MAX) {
        const uint8_t *frames;
        ssize_t n = nghttp2_session_mem_send(h2->ng, &frames);
        if (n < 0) {
            struct error why;
            (void)!error_set(&why, "HTTP/2 failed: %s", nghttp2_strerror((int)n));
            break_off(h2, &why);
        }
        if (n <= 0) {
            break;
        }
        buf_append(out, (struct str){(const char *)frames, (size_t)n});
    }
    return buf_size(out) > before;
}

/* Writes what waits. False: nothing more can leave for now, or ever. */
static bool write_frames(struct h2_link *h2)
{
    struct link *link = h2->link;
    struct error err;
    while (buf_size(&link->out)) {
        size_t n;
        switch (transport_write(&link->transport, buf_view(&link->out), &n, &err)) {
        case IO_DONE:
            buf_consume(&link->out, n);
            h2->sent_ms = h2_link_now(h2);
            continue;
        case IO_WANT_READ: return false; /* reading is armed */
        case IO_WANT_WRITE: link->blocked = true; return false;
        case IO_CLOSED: (void)!error_set(&err, "upstream closed connection"); break;
        case IO_FAILED: break;
        }
        break_off(h2, &err);
        return false;
    }
    return true;
}

static void flush(struct h2_link *h2)
{
    h2->link->blocked = false;
    while (!h2->broken && write_frames(h2) && make_frames(h2)) {
    }
}

/* --- its place --- */

static bool has_due(const struct h2_link *h2)
{
    for (const struct exchange *exchange = h2->first; exchange; exchange = exchange->stream.next) {
        if (exchange->stream.due) {
            return true;
        }
    }
    return false;
}

static void set_next_limit(struct h2_link *h2)
{
    uint64_t first = 0, now = h2_link_now(h2);
    for (const struct exchange *exchange = h2->first; exchange; exchange = exchange->stream.next) {
        uint64_t limit = exchange_h2_limit(exchange, h2);
        first = limit && (!first || limit < first) ? limit : first;
    }
    if (first) {
        deadline_set(&h2->link->deadline, first > now ? first - now : 1);
    } else {
        deadline_clear(&h2->link->deadline);
    }
}

/* No exchange is left: the connection waits for the next, or ends. */
static void rest(struct h2_link *h2)
{
    struct link *link = h2->link;
    bool is_clean = !h2->broken && !h2->worn && buf_size(&link->out) == 0 && !link->blocked &&
                    !link->read_waits && nghttp2_session_want_read(h2->ng);
    if (is_clean && link->place == LINK_IDLE) {
        return; /* the backend's own frames do not prolong its time */
    }
    idle_pool_withdraw(link->pool, link);
    if (is_clean) {
        idle_pool_give(link->pool, link);
    } else {
        link_close(link, !h2->broken);
    }
}

/* nghttp2 has ended the connection, for an error of the backend (RFC 9113, 5.4.1). */
static void end_if_refused(struct h2_link *h2)
{
    if (h2->n == 0 || h2->broken || nghttp2_session_want_read(h2->ng) ||
        nghttp2_session_want_write(h2->ng)) {
        return;
    }
    struct error why;
    (void)!error_set(&why, "upstream sent invalid HTTP/2: %s",
                     h2->invalid ? nghttp2_strerror(h2->invalid) : "connection error");
    break_off(h2, &why);
}

/*
 * Does everything that is due: what was noted about exchanges, frames to send, what to wait for.
 * The connection may be gone afterwards.
 */
static void h2_link_settle(struct h2_link *h2)
{
    struct link *link = h2->link;
    assert(!h2->settling && link->h2 == h2);
    h2->settling = true;
    bool was_broken;
    do {
        was_broken = h2->broken;
        run_due(h2);
        flush(h2);
        end_if_refused(h2);
    } while (has_due(h2) || h2->broken != was_broken);
    h2->settling = false;
    if (h2->n == 0) {
        rest(h2);
        return;
    }
    int events = link->read_waits ? WATCH_WRITE
                 : link->blocked  ? WATCH_READ | WATCH_WRITE
                                  : WATCH_READ;
    watch_arm(&link->watch, h2->broken ? 0 : events);
    set_next_limit(h2);
    offer_or_withdraw(h2);
}

/* --- events --- */

/* One read. False: nothing more for now. */
static bool read_frames(struct h2_link *h2)
{
    struct link *link = h2->link;
    char *into = idle_pool_scratch(link->pool, READ_SIZE);
    struct error err;
    size_t n = 0;
    switch (transport_read(&link->transport, into, READ_SIZE, &n, &err)) {
    case IO_DONE: break;
    case IO_WANT_READ: return false;
    case IO_WANT_WRITE: link->read_waits = true; return false;
    case IO_CLOSED:
        (void)!error_set(&err, "upstream prematurely closed connection");
        break_off(h2, &err);
        return false;
    case IO_FAILED: break_off(h2, &err); return false;
    }
    h2->heard_ms = h2_link_now(h2);
    h2->doubted = false;
    ssize_t taken = nghttp2_session_mem_recv(h2->ng, (const uint8_t *)into, n);
    if (taken < 0) {
        (void)!error_set(&err, "upstream sent invalid HTTP/2: %s", nghttp2_strerror((int)taken));
        break_off(h2, &err);
        return false;
    }
    return n == READ_SIZE || transport_pending(&link->transport);
}

void h2_link_ready(struct h2_link *h2, int events)
{
    (void)events; /* over TLS, reading may have waited for a chance to write, and the reverse */
    bool more = true;
    h2->link->read_waits = false;
    for (int i = 0; more && !h2->broken && i < READS_A_TURN; i++) {
        more = read_frames(h2);
    }
    h2->unread = more && !h2->broken;
    if (h2->unread) {
        h2_link_wake(h2); /* what waits inside TLS is not announced by the kernel */
    }
    h2_link_settle(h2);
}

/*
 * Nothing came for as long as an exchange may wait. A backend that has vanished without a word gets
 * no more requests: the kernel would go on for minutes. A slow one answers the PING.
 */
static void doubt(struct h2_link *h2)
{
    if (!h2->doubted) {
        h2->doubted = true;
        (void)nghttp2_submit_ping(h2->ng, NGHTTP2_FLAG_NONE, NULL);
    }
}

void h2_link_expired(struct h2_link *h2)
{
    uint64_t now = h2_link_now(h2);
    for (struct exchange *exchange = h2->first; exchange; exchange = exchange->stream.next) {
        uint64_t limit = exchange_h2_limit(exchange, h2);
        if (limit && limit <= now) {
            exchange->stream.expired = exchange->stream.due = true;
            if (h2->heard_ms <= exchange->stream.since_ms) {
                doubt(h2);
            }
        }
    }
    h2_link_settle(h2);
}

void h2_link_goodbye(struct h2_link *h2)
{
    if (!h2->broken) {
        (void)nghttp2_session_terminate_session(h2->ng, NGHTTP2_NO_ERROR);
        flush(h2);
    }
}
