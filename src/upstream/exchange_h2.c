/* SPDX-License-Identifier: Apache-2.0 */
/* One exchange on a stream of an HTTP/2 connection: the request's frames, and the answer's. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "http/h2_fields.h"
#include "http/h2_response.h"
#include "upstream/exchange_state.h"
#include "upstream/h2_link.h"

enum { FIELD_OVERHEAD = 32 /* RFC 9113, 6.5.2 */, PSEUDO_FIELDS = 4 };

/* --- the request --- */

/* RFC 9113, 8.3.1 and 8.2.2: Host becomes :authority, and TE says "trailers" or is left out. */
static size_t request_fields(struct exchange *exchange, nghttp2_nv *out)
{
    const struct exchange_request *request = exchange->request;
    const struct header *host = headers_find(&request->fields, HEADER_HOST);
    struct headers usual = {0};
    size_t n = 0;
    out[n++] = h2_field(STR(":method"), request->method);
    out[n++] = h2_field(STR(":scheme"), exchange->target.tls ? STR("https") : STR("http"));
    if (host) {
        out[n++] = h2_field(STR(":authority"), host->value);
    }
    out[n++] = h2_field(STR(":path"), request->path);
    for (size_t i = 0; i < request->fields.n; i++) {
        const struct header *field = &request->fields.items[i];
        bool is_bad_te = field->id == HEADER_TE && !str_ieq(field->value, STR("trailers"));
        if (field->id != HEADER_HOST && !is_bad_te) {
            headers_add(&usual, exchange->arena, field->name, field->value);
        }
    }
    return h2_fields_add(&usual, out, n);
}

static ssize_t give_body(nghttp2_session *ng, int32_t id, uint8_t *into, size_t cap,
                         uint32_t *flags, nghttp2_data_source *source, void *arg)
{
    struct exchange *exchange = nghttp2_session_get_stream_user_data(ng, id);
    if (!exchange) {
        return NGHTTP2_ERR_DEFERRED; /* it has left; RST_STREAM is on its way */
    }
    struct exchange_stream *stream = &exchange->stream;
    size_t n = buf_size(&stream->out) < cap ? buf_size(&stream->out) : cap;
    if (n == 0 && !exchange->ended) {
        stream->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    if (n) {
        memcpy(into, buf_view(&stream->out).p, n);
        buf_consume(&stream->out, n);
        exchange->stats.bytes_sent += n;
        stream->since_ms = exchange_now(exchange);
    }
    if (buf_size(&stream->out) == 0) {
        stream->due = stream->due || exchange->owes_drained;
        *flags |= exchange->ended ? NGHTTP2_DATA_FLAG_EOF : 0;
    }
    return (ssize_t)n;
}

bool exchange_h2_submit(struct exchange *exchange, nghttp2_session *ng)
{
    struct exchange_stream *stream = &exchange->stream;
    const struct exchange_request *request = exchange->request;
    size_t max = request->fields.n + PSEUDO_FIELDS;
    nghttp2_nv *fields = arena_alloc(exchange->arena, max * sizeof(*fields));
    size_t n = request_fields(exchange, fields);
    assert(n <= max && stream->id == 0);
    bool has_body = !exchange->ended || buf_size(&stream->out) > 0;
    const nghttp2_data_provider body = {.read_callback = give_body};
    stream->id = nghttp2_submit_request(ng, NULL, fields, n, has_body ? &body : NULL, exchange);
    if (stream->id < 0) {
        stream->id = 0;
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        exchange->stats.bytes_sent += fields[i].namelen + fields[i].valuelen;
    }
    stream->since_ms = exchange_now(exchange);
    return true;
}

static struct h2_link *h2_of(const struct exchange *exchange)
{
    return exchange->link ? exchange->link->h2 : NULL;
}

/* More to send, or to say: nghttp2 asks give_body again. */
static void go_on_sending(struct exchange *exchange)
{
    struct h2_link *h2 = h2_of(exchange);
    if (!h2) {
        return;
    }
    if (exchange->stream.deferred) {
        exchange->stream.deferred = false;
        (void)nghttp2_session_resume_data(h2->ng, exchange->stream.id);
    }
    h2_link_wake(h2);
}

void exchange_h2_write(struct exchange *exchange, struct str bytes)
{
    if (exchange->stream.closed) {
        return; /* the backend wants no more of it */
    }
    if (buf_size(&exchange->stream.out) == 0) {
        exchange->stream.since_ms =
            exchange_now(exchange); /* so far it was the client who was slow */
    }
    exchange->body_given = exchange->owes_drained = true;
    buf_append(&exchange->stream.out, bytes);
    go_on_sending(exchange);
}

void exchange_h2_end(struct exchange *exchange)
{
    exchange->ended = true;
    exchange->owes_drained = false;
    exchange->stream.since_ms = exchange_now(exchange);
    go_on_sending(exchange);
}

void exchange_h2_resume(struct exchange *exchange)
{
    struct h2_link *h2 = h2_of(exchange);
    exchange->stream.since_ms = exchange_now(exchange);
    if (h2) {
        exchange->stream.due = true;
        h2_link_wake(h2);
    }
}

void exchange_h2_leave(struct exchange *exchange)
{
    struct h2_link *h2 = h2_of(exchange);
    if (h2) {
        h2_link_remove(h2, exchange);
    }
    buf_deinit(&exchange->stream.held);
    buf_deinit(&exchange->stream.out);
}

/* --- notes about the answer --- */

static struct exchange *exchange_by_id(nghttp2_session *ng, int32_t id)
{
    return nghttp2_session_get_stream_user_data(ng, id);
}

/* The answer is no HTTP: nghttp2 resets the stream. */
static int refuse_answer(struct exchange *exchange, const char *reason)
{
    exchange->stream.bad = reason;
    exchange->stream.due = true;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int exchange_h2_on_header(nghttp2_session *ng, const nghttp2_frame *frame,
                                 const uint8_t *name, size_t name_n, const uint8_t *value,
                                 size_t value_n, uint8_t flags, void *arg)
{
    struct exchange *exchange = exchange_by_id(ng, frame->hd.stream_id);
    if (!exchange) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* it has left: nghttp2 need not go on */
    }
    if (exchange->stream.bad) {
        return 0;
    }
    struct exchange_stream *stream = &exchange->stream;
    struct arena *arena = exchange->arena;
    stream->fields_size += name_n + value_n + FIELD_OVERHEAD;
    exchange->stats.bytes_received += name_n + value_n;
    if (stream->fields_size > exchange->target.head_max) {
        return refuse_answer(exchange, "upstream sent too big header");
    }
    headers_add(&stream->fields, arena, arena_dup(arena, (struct str){(const char *)name, name_n}),
                arena_dup(arena, (struct str){(const char *)value, value_n}));
    return 0;
}

/* What nghttp2 would leave out in silence makes the answer malformed (RFC 9113, 8.1.1). */
static int exchange_h2_on_invalid_header(nghttp2_session *ng, const nghttp2_frame *frame,
                                         const uint8_t *name, size_t name_n, const uint8_t *value,
                                         size_t value_n, uint8_t flags, void *arg)
{
    struct exchange *exchange = exchange_by_id(ng, frame->hd.stream_id);
    return exchange ? refuse_answer(exchange, "upstream sent invalid header") : 0;
}

/* As after a chunked answer: what belongs into a head goes no further. */
static void take_trailers(struct exchange *exchange, const struct headers *fields)
{
    for (size_t i = 0; i < fields->n; i++) {
        const struct header *field = &fields->items[i];
        if (trailer_allows(field->id)) {
            headers_add(&exchange->trailers, exchange->arena, field->name, field->value);
        }
    }
}

static void add_interim(struct exchange *exchange, const struct response_head *head)
{
    struct interim **last = &exchange->stream.interims;
    if (++exchange->interim > EXCHANGE_INTERIM_MAX) {
        exchange->stream.bad = "upstream sent too many 1xx responses";
        return;
    }
    while (*last) {
        last = &(*last)->next;
    }
    *last = arena_zalloc(exchange->arena, sizeof(**last));
    (*last)->head = *head;
}

static void take_fields(struct exchange *exchange, bool ends)
{
    struct exchange_stream *stream = &exchange->stream;
    struct headers fields = stream->fields;
    const char *reason = "upstream sent invalid header";
    stream->fields = (struct headers){0};
    stream->fields_size = 0;
    if (stream->has_head) {
        stream->bad = h2_fields_valid(&fields) ? stream->bad : "upstream sent invalid trailer";
        take_trailers(exchange, &fields);
        return;
    }
    struct response_head head;
    if (!h2_response_head(&fields, &head, &reason) ||
        (head.status >= 200 &&
         !h2_response_framing(&head, exchange->target.method, ends, &exchange->framing, &reason))) {
        stream->bad = reason;
    } else if (head.status < 200) {
        add_interim(exchange, &head);
    } else {
        stream->has_head = true;
        exchange->answer = head;
    }
}

static int exchange_h2_on_frame(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
    struct h2_link *h2 = arg;
    if (frame->hd.type == NGHTTP2_SETTINGS) {
        h2->has_settings = true;
    } else if (frame->hd.type == NGHTTP2_GOAWAY) {
        h2->worn = true;
        h2->goaway = frame->goaway.error_code;
    }
    struct exchange *exchange = exchange_by_id(ng, frame->hd.stream_id);
    if (!exchange) {
        return 0;
    }
    struct exchange_stream *stream = &exchange->stream;
    bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        take_fields(exchange, ends);
        stream->complete = stream->complete || ends;
        break;
    case NGHTTP2_DATA: stream->complete = stream->complete || ends; break;
    case NGHTTP2_RST_STREAM: stream->reset_by_backend = true; break;
    case NGHTTP2_WINDOW_UPDATE: stream->since_ms = exchange_now(exchange); return 0;
    default: return 0;
    }
    stream->since_ms = exchange_now(exchange);
    stream->due = true;
    return 0;
}

static int exchange_h2_on_data(nghttp2_session *ng, uint8_t flags, int32_t id, const uint8_t *data,
                               size_t n, void *arg)
{
    struct exchange *exchange = exchange_by_id(ng, id);
    (void)nghttp2_session_consume_connection(ng, n); /* each stream's own window bounds memory */
    if (exchange) {
        buf_append(&exchange->stream.held, (struct str){(const char *)data, n});
        exchange->stats.bytes_received += n;
        exchange->stream.since_ms = exchange_now(exchange);
        exchange->stream.due = true;
    }
    return 0;
}

/* nghttp2 refuses a frame, and resets its stream. */
static int exchange_h2_on_invalid(nghttp2_session *ng, const nghttp2_frame *frame, int code,
                                  void *arg)
{
    struct exchange *exchange = exchange_by_id(ng, frame->hd.stream_id);
    ((struct h2_link *)arg)->invalid = code;
    if (exchange && !exchange->stream.bad) {
        (void)refuse_answer(exchange, exchange->stream.has_head ? "upstream sent invalid response"
                                                                : "upstream sent invalid header");
    }
    return 0;
}

static int exchange_h2_on_closed(nghttp2_session *ng, int32_t id, uint32_t code, void *arg)
{
    struct exchange *exchange = exchange_by_id(ng, id);
    if (exchange) {
        (void)nghttp2_session_set_stream_user_data(ng, id, NULL);
        exchange->stream.closed = exchange->stream.due = true;
        exchange->stream.code = code;
    }
    return 0;
}

nghttp2_session_callbacks *exchange_h2_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        must_have(NULL);
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks, exchange_h2_on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks,
                                                             exchange_h2_on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, exchange_h2_on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, exchange_h2_on_data);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, exchange_h2_on_invalid);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, exchange_h2_on_closed);
    return callbacks;
}

/* --- acting on them; the exchange may be gone after each call of its handler --- */

static bool is_there(const struct idle_pool *pool, const struct exchange *exchange)
{
    return idle_pool_runs(pool, exchange) && exchange->phase != EXCHANGE_OVER;
}

static void fail_answer(struct exchange *exchange, const char *reason)
{
    bool in_head = exchange->phase == EXCHANGE_WAITING;
    char text[1200];
    snprintf(text, sizeof(text), "%s while reading %supstream", reason,
             in_head ? "response header from " : "");
    exchange_fail(exchange, in_head ? EXCHANGE_INVALID_HEADER : EXCHANGE_BROKEN_BODY, text);
}

static bool tell_interims(struct exchange *exchange)
{
    struct idle_pool *pool = exchange->pool;
    while (exchange->stream.interims) {
        struct interim *first = exchange->stream.interims;
        exchange->stream.interims = first->next;
        if (exchange->handler->informational) {
            exchange->handler->informational(exchange->arg, &first->head);
        }
        if (!is_there(pool, exchange)) {
            return false;
        }
    }
    return true;
}

static bool tell_head(struct exchange *exchange)
{
    struct idle_pool *pool = exchange->pool;
    exchange->phase = EXCHANGE_BODY;
    exchange->stats.header_ms = exchange_age(exchange);
    exchange->handler->head(exchange->arg, &exchange->answer, &exchange->framing);
    return is_there(pool, exchange);
}

/* Hands on what has arrived. The backend may send as much again. */
static bool tell_data(struct exchange *exchange, struct h2_link *h2)
{
    struct idle_pool *pool = exchange->pool;
    struct buf taken = exchange->stream.held; /* what it holds is being read */
    struct str part = buf_view(&taken);
    exchange->stream.held = (struct buf){0};
    exchange->stats.body_received += part.n;
    exchange->handler->data(exchange->arg, part);
    buf_deinit(&taken);
    if (!is_there(pool, exchange)) {
        return false;
    }
    if (!exchange->stream.closed) {
        (void)nghttp2_session_consume_stream(h2->ng, exchange->stream.id, part.n);
    }
    return true;
}

static void tell_done(struct exchange *exchange)
{
    exchange->phase = EXCHANGE_OVER;
    exchange->stats.response_ms = exchange_age(exchange);
    exchange_h2_leave(exchange);
    exchange->handler->done(exchange->arg, &exchange->trailers);
}

/*
 * The answer will not be completed. A request that the backend says it has not processed (RFC 9113,
 * 8.7) goes out again on a new connection, as one does whose kept connection was closed.
 */
static void tell_broken(struct exchange *exchange, const struct h2_link *h2)
{
    const struct exchange_stream *stream = &exchange->stream;
    bool in_head = exchange->phase == EXCHANGE_WAITING;
    bool is_refused = stream->closed && stream->code == NGHTTP2_REFUSED_STREAM;
    char text[1200];
    if (in_head && (is_refused || h2->broken) && exchange_reconnect(exchange, is_refused)) {
        return;
    }
    if (stream->reset_by_backend) {
        snprintf(text, sizeof(text), "upstream rejected request with error %u", stream->code);
    } else if (stream->closed && h2->goaway) {
        snprintf(text, sizeof(text), "upstream sent goaway with error %u", h2->goaway);
    } else {
        snprintf(text, sizeof(text), "%s",
                 h2->broken ? h2->why.text : "upstream prematurely closed stream");
    }
    size_t n = strlen(text);
    snprintf(text + n, sizeof(text) - n, " while reading %supstream",
             in_head ? "response header from " : "");
    exchange_fail(exchange,
                  !in_head     ? EXCHANGE_BROKEN_BODY
                  : is_refused ? EXCHANGE_REFUSED
                  : h2->broken ? EXCHANGE_CLOSED
                               : EXCHANGE_RESET,
                  text);
}

static bool begin_request(struct exchange *exchange, struct h2_link *h2)
{
    if (exchange->stream.id) {
        return true;
    }
    if (!exchange_tell_connected(exchange)) {
        return false;
    }
    if (!h2->broken && !exchange_h2_submit(exchange, h2->ng)) {
        h2->worn = true; /* it has used all its stream ids */
        if (!exchange_reconnect(exchange, true)) {
            exchange_fail(exchange, EXCHANGE_CONNECT,
                          "no HTTP/2 stream while connecting to upstream");
        }
        return false;
    }
    return true;
}

static bool tell_answer(struct exchange *exchange, struct h2_link *h2)
{
    const struct exchange_stream *stream = &exchange->stream;
    if (stream->bad) {
        fail_answer(exchange, stream->bad);
        return false;
    }
    if (!tell_interims(exchange) ||
        (stream->has_head && exchange->phase == EXCHANGE_WAITING && !tell_head(exchange))) {
        return false;
    }
    while (!exchange->paused && exchange->phase == EXCHANGE_BODY && buf_size(&stream->held)) {
        if (!tell_data(exchange, h2)) {
            return false;
        }
    }
    if (stream->has_head && stream->complete && !exchange->paused && !buf_size(&stream->held)) {
        tell_done(exchange);
        return false;
    }
    return true;
}

void exchange_h2_run(struct exchange *exchange, struct h2_link *h2)
{
    const struct exchange_stream *stream = &exchange->stream;
    if (!begin_request(exchange, h2) || !tell_answer(exchange, h2)) {
        return;
    }
    bool is_here = stream->has_head && stream->complete; /* all of the answer waits in `held` */
    if ((stream->closed || h2->broken) && !is_here) {
        tell_broken(exchange, h2);
        return;
    }
    if (stream->expired) {
        exchange_expired(exchange);
        return;
    }
    if (exchange->owes_drained && buf_size(&stream->out) == 0) {
        exchange->owes_drained = false;
        exchange->handler->drained(exchange->arg);
    }
}

uint64_t exchange_h2_limit(const struct exchange *exchange, const struct h2_link *h2)
{
    const struct exchange_timeouts *timeouts = &exchange->target.timeouts;
    bool is_blocked = h2->link->blocked;
    bool is_sending = is_blocked || buf_size(&exchange->stream.out) > 0;
    bool is_reading = exchange->ended || exchange->phase > EXCHANGE_WAITING;
    if (exchange->paused || exchange->stream.expired || (!is_sending && !is_reading)) {
        return 0;
    }
    uint64_t since_ms = exchange->stream.since_ms;
    if (is_blocked && since_ms < h2->sent_ms) {
        since_ms = h2->sent_ms; /* others' bytes are in its way, and they move */
    }
    return since_ms + (is_sending ? timeouts->send_ms : timeouts->read_ms);
}
