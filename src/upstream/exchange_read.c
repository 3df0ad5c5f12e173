/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of an exchange: head, body, end. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "upstream/exchange_state.h"

enum { READS_A_TURN = 16 }; /* then other connections get their turn */

static bool is_alive(const struct idle_pool *pool, const struct exchange *exchange)
{
    return idle_pool_runs(pool, exchange) && exchange->phase != EXCHANGE_OVER;
}

static bool fail_head(struct exchange *exchange, const char *reason)
{
    static const char phase[] = "while reading response header from upstream";
    char text[256];
    bool has_phase = strstr(reason, phase) != NULL;
    snprintf(text, sizeof(text), has_phase ? "%s" : "%s %s", reason, phase);
    exchange_fail(exchange, EXCHANGE_INVALID_HEADER, text);
    return false;
}

/* --- the end --- */

static bool may_keep(const struct exchange *exchange, size_t left_over)
{
    const struct link *link = exchange->link;
    return exchange->framing.keep_alive && exchange->target.keep_alive && exchange->ended &&
           !exchange->write_error && exchange->head_sent == exchange->request->head.n &&
           buf_size(&link->out) == 0 && left_over == 0 && !transport_pending(&link->transport);
}

/* The response is complete. `keep`: the connection may serve another request. */
static bool exchange_read_finish(struct exchange *exchange, bool keep)
{
    struct link *link = exchange->link;
    assert(exchange->phase != EXCHANGE_OVER && link->exchange == exchange);
    exchange->phase = EXCHANGE_OVER;
    exchange->stats.response_ms = exchange_age(exchange);
    exchange->link = NULL;
    link->exchange = NULL;
    link->blocked = link->read_waits = false;
    if (keep) {
        buf_clear(&link->in);
        idle_pool_give(exchange->pool, link);
    } else {
        link_close(link, true);
    }
    exchange->handler->done(exchange->arg, &exchange->trailers);
    return false;
}

/* --- the head --- */

static void start_body(struct exchange *exchange)
{
    assert(exchange->phase == EXCHANGE_WAITING);
    exchange->phase = exchange->answer.status == 101 ? EXCHANGE_TUNNEL : EXCHANGE_BODY;
    exchange->left = exchange->framing.kind == BODY_LENGTH ? exchange->framing.length : 0;
    exchange->stats.header_ms = exchange_age(exchange);
}

/* Whether it was only a 1xx on the way to the answer (RFC 9110, 15.2). */
static bool is_interim(const struct response_head *head)
{
    return head->status < 200 && head->status != 101;
}

/* exchange->answer is one of those. */
static bool read_interim(struct exchange *exchange)
{
    struct idle_pool *pool = exchange->pool;
    if (++exchange->interim > EXCHANGE_INTERIM_MAX) {
        return fail_head(exchange, "upstream sent too many 1xx responses");
    }
    if (!exchange->handler->informational) {
        return true;
    }
    if (!exchange_tell_connected(exchange)) {
        return false;
    }
    exchange->handler->informational(exchange->arg, &exchange->answer);
    return is_alive(pool, exchange);
}

static bool read_head(struct exchange *exchange, struct str *in)
{
    struct idle_pool *pool = exchange->pool;
    const char *reason;
    if (in->n == 0) {
        return true;
    }
    switch (response_head_scan(&exchange->scan, *in, exchange->target.head_max)) {
    case SCAN_MORE: return true;
    case SCAN_BAD: return fail_head(exchange, exchange->scan.reason);
    case SCAN_DONE: break;
    }
    struct str head = arena_dup(exchange->arena, str_head(*in, exchange->scan.head_n));
    *in = str_skip(*in, exchange->scan.head_n);
    exchange->scan = (struct head_scan){0};
    if (!response_head_parse(head, exchange->arena, &exchange->answer, &reason) ||
        !framing_of_response(&exchange->answer, exchange->target.method, &exchange->framing,
                             &reason)) {
        return fail_head(exchange, reason);
    }
    if (is_interim(&exchange->answer)) {
        return read_interim(exchange);
    }
    if (exchange->answer.status == 101 && !exchange->target.upgrade) {
        return fail_head(exchange, "upstream sent unexpected 101 response");
    }
    start_body(exchange);
    if (!exchange_tell_connected(exchange)) {
        return false;
    }
    exchange->handler->head(exchange->arg, &exchange->answer, &exchange->framing);
    return is_alive(pool, exchange);
}

/* --- the body --- */

static bool exchange_read_give(struct exchange *exchange, struct str bytes)
{
    struct idle_pool *pool = exchange->pool;
    if (bytes.n) {
        exchange->stats.body_received += bytes.n;
        exchange->handler->data(exchange->arg, bytes);
    }
    return is_alive(pool, exchange);
}

static bool read_length(struct exchange *exchange, struct str *in)
{
    struct str part = str_head(*in, exchange->left < in->n ? (size_t)exchange->left : in->n);
    *in = str_skip(*in, part.n);
    exchange->left -= part.n;
    if (!exchange_read_give(exchange, part)) {
        return false;
    }
    return exchange->left || exchange_read_finish(exchange, may_keep(exchange, in->n));
}

static bool read_chunked(struct exchange *exchange, struct str *in)
{
    while (!exchange->paused) {
        struct str data;
        switch (chunked_decode(&exchange->chunked, in, exchange->target.head_max, exchange->arena,
                               &exchange->trailers, &data)) {
        case CHUNKED_MORE: return true;
        case CHUNKED_END: return exchange_read_finish(exchange, may_keep(exchange, in->n));
        case CHUNKED_BAD:
            exchange_fail(exchange, EXCHANGE_BROKEN_BODY,
                          "upstream sent invalid chunked response while reading upstream");
            return false;
        case CHUNKED_DATA:
            if (!exchange_read_give(exchange, data)) {
                return false;
            }
            break;
        }
    }
    return true;
}

static bool read_body(struct exchange *exchange, struct str *in)
{
    struct str all = *in;
    enum body_kind kind =
        exchange->phase == EXCHANGE_TUNNEL ? BODY_UNTIL_CLOSE : exchange->framing.kind;
    switch (kind) {
    case BODY_NONE: return exchange_read_finish(exchange, may_keep(exchange, in->n));
    case BODY_LENGTH: return read_length(exchange, in);
    case BODY_CHUNKED: return read_chunked(exchange, in);
    case BODY_UNTIL_CLOSE: break;
    }
    *in = str_skip(*in, all.n);
    return exchange_read_give(exchange, all);
}

/* Takes what it can off *in. False: the exchange is over or gone. */
static bool take_input(struct exchange *exchange, struct str *in)
{
    assert(exchange->phase >= EXCHANGE_WAITING && exchange->phase < EXCHANGE_OVER);
    size_t before;
    do {
        before = in->n;
        if (exchange->phase == EXCHANGE_WAITING && !read_head(exchange, in)) {
            return false;
        }
    } while (exchange->phase == EXCHANGE_WAITING && in->n && in->n != before);
    if (exchange->phase == EXCHANGE_WAITING || exchange->paused) {
        return true;
    }
    return read_body(exchange, in);
}

/* --- reading --- */

/* The connection ended; `err` is NULL when it did so in order. Always false: over, or another one
 * is on its way. */
static bool connection_ended(struct exchange *exchange, const struct error *err)
{
    char text[1200];
    const char *phase = exchange->phase == EXCHANGE_WAITING
                            ? "while reading response header from upstream"
                        : exchange->phase == EXCHANGE_TUNNEL ? "while proxying upgraded connection"
                                                             : "while reading upstream";
    if (!err &&
        (exchange->phase == EXCHANGE_TUNNEL ||
         (exchange->phase == EXCHANGE_BODY && exchange->framing.kind == BODY_UNTIL_CLOSE))) {
        return exchange_read_finish(exchange, false);
    }
    if (exchange->phase == EXCHANGE_WAITING && exchange_reconnect(exchange, false)) {
        return false;
    }
    if (exchange->write_error && exchange->phase == EXCHANGE_WAITING) {
        snprintf(text, sizeof(text), "%s while sending request to upstream", exchange->write_error);
    } else {
        snprintf(text, sizeof(text), "%s %s",
                 err ? err->text : "upstream prematurely closed connection", phase);
    }
    exchange_fail(exchange,
                  exchange->phase == EXCHANGE_WAITING ? EXCHANGE_CLOSED : EXCHANGE_BROKEN_BODY,
                  text);
    return false;
}

/* Whether what was read, or what the head says, lets the body go on without another read. */
static bool has_kept(const struct exchange *exchange)
{
    return exchange->phase != EXCHANGE_WAITING &&
           (buf_size(&exchange->link->in) > 0 || exchange->framing.kind == BODY_NONE ||
            (exchange->framing.kind == BODY_LENGTH && exchange->left == 0));
}

bool exchange_read_kept(struct exchange *exchange)
{
    struct link *link = exchange->link;
    if (!exchange->paused && has_kept(exchange)) {
        struct str in = buf_view(&link->in);
        size_t before = in.n;
        if (!take_input(exchange, &in)) {
            return false;
        }
        buf_consume(&link->in, before - in.n);
    }
    /* What waits inside TLS is not announced by the kernel. */
    return exchange->paused || !transport_pending(&link->transport) || exchange_read(exchange);
}

/* One read. False: over or gone; *more: there may be more to read. */
static bool exchange_read_once(struct exchange *exchange, bool *more)
{
    struct link *link = exchange->link;
    struct error err;
    size_t n = 0;
    size_t cap = exchange->target.read_size;
    bool is_kept = buf_size(&link->in) > 0;
    char *into = is_kept ? buf_reserve(&link->in, cap) : idle_pool_scratch(exchange->pool, cap);
    *more = link->read_waits = false;
    switch (transport_read(&link->transport, into, cap, &n, &err)) {
    case IO_DONE: break;
    case IO_WANT_READ:
        if (exchange->write_error && exchange->phase == EXCHANGE_WAITING) {
            return connection_ended(exchange, &err);
        }
        return true;
    case IO_WANT_WRITE: link->read_waits = true; return true;
    case IO_CLOSED: return connection_ended(exchange, NULL);
    case IO_FAILED: return connection_ended(exchange, &err);
    }
    assert(n > 0 && n <= cap);
    exchange->stats.bytes_received += n;
    *more = n == cap || transport_pending(&link->transport);
    if (is_kept) {
        buf_grew(&link->in, n);
    }
    struct str in = is_kept ? buf_view(&link->in) : (struct str){into, n};
    size_t before = in.n;
    if (!take_input(exchange, &in)) {
        return false;
    }
    if (is_kept) {
        buf_consume(&link->in, before - in.n);
    } else {
        buf_append(&link->in, in);
    }
    return true;
}

bool exchange_read(struct exchange *exchange)
{
    bool more = true;
    for (int i = 0; more && !exchange->paused; i++) {
        if (i == READS_A_TURN) {
            /* What waits inside TLS is not announced by the kernel. */
            if (transport_pending(&exchange->link->transport)) {
                later_add(idle_pool_later(exchange->pool), &exchange->later);
            }
            return true;
        }
        if (!exchange_read_once(exchange, &more)) {
            return false;
        }
    }
    return true;
}
