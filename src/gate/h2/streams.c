/* SPDX-License-Identifier: Apache-2.0 */
/* The streams of a connection: from their fields to a request, and the body on its way in. */
#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "gate/body.h"
#include "gate/h2/answer.h"
#include "gate/h2/session.h"
#include "gate/h2/tunnel.h"
#include "gate/head.h"
#include "gate/identify.h"
#include "gate/in_flight.h"
#include "gate/ocsp_check.h"
#include "http/h2_head.h"
#include "http/status.h"

struct h2_stream *h2_stream_new(struct h2_session *h2, int32_t id)
{
    struct gate *gate = h2->conn->gate;
    struct h2_stream *stream = spare_take(&gate->h2_streams, sizeof(*stream));
    *stream = (struct h2_stream){.id = id, .session = h2, .since_ms = clock_now().mono_ms};
    output_init(&stream->out, &gate->output_bufs);
    arena_init_spare(&stream->arena, 0, &gate->arena_blocks);
    stream->prev = h2->last;
    *(h2->last ? &h2->last->next : &h2->first) = stream;
    h2->last = stream;
    return stream;
}

void h2_stream_free(struct h2_stream *stream)
{
    struct h2_session *h2 = stream->session;
    *(stream->prev ? &stream->prev->next : &h2->first) = stream->next;
    *(stream->next ? &stream->next->prev : &h2->last) = stream->prev;
    output_deinit(&stream->out);
    buf_deinit(&stream->held);
    arena_deinit(&stream->arena);
    spare_give(&h2->conn->gate->h2_streams, stream);
}

void h2_stream_reset(struct h2_stream *stream, uint32_t code)
{
    (void)nghttp2_submit_rst_stream(stream->session->ng, NGHTTP2_FLAG_NONE, stream->id, code);
    connection_touch(stream->session->conn);
}

void h2_stream_drop(struct h2_stream *stream, uint32_t code)
{
    h2_stream_reset(stream, code);
    /* It is freed before nghttp2 closes it. */
    (void)nghttp2_session_set_stream_user_data(stream->session->ng, stream->id, NULL);
    stream->session->left -= stream->state == H2_LEFT;
    stream->state = H2_OVER;
}

void h2_cut(struct request *request)
{
    h2_stream_drop(h2_stream_of(request), NGHTTP2_CANCEL);
}

void h2_streams_last(struct h2_session *h2)
{
    if (!h2->told_to_leave) {
        h2->told_to_leave = true;
        int32_t last = nghttp2_session_get_last_proc_stream_id(h2->ng);
        (void)nghttp2_submit_goaway(h2->ng, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0);
    }
}

/* --- the request begins --- */

void h2_attach(struct request *request)
{
    struct h2_stream *stream = h2_session_of(request->conn)->starting;
    assert(stream->state == H2_REQUEST && !stream->request);
    stream->request = request;
    request->stream = stream;
    arena_adopt(&request->arena, &stream->arena);
}

static bool take_head(struct h2_stream *stream, const struct h2_head *head, int *status,
                      const char **reason)
{
    struct request *request = stream->request;
    struct framing framing;
    if (!head_take_parts(request, &head->parts, &framing, status, reason)) {
        return false;
    }
    if (stream->connects && !str_ieq(head->protocol, STR("websocket"))) {
        *status = 501;
        *reason = "client asked for an unknown protocol";
        return false;
    }
    if (stream->connects) {
        head_announce_body(request, false, 0); /* what comes is the tunnel's */
        return true;
    }
    bool is_known = framing.kind == BODY_LENGTH;
    size_t held = buf_size(&stream->held);
    int64_t length = is_known ? (int64_t)framing.length : stream->ended ? (int64_t)held : -1;
    head_announce_body(request, is_known || !stream->ended || held > 0, length);
    return true;
}

static bool read_stream_head(struct h2_stream *stream, struct h2_head *head, struct error *err)
{
    struct str key = stream->connects ? h2_make_key(stream) : STR("");
    return h2_head_read(&stream->fields, key, &stream->arena, head, err);
}

static void begin(struct h2_stream *stream)
{
    struct h2_session *h2 = stream->session;
    struct connection *conn = h2->conn;
    struct h2_head head;
    struct error err;
    if (!stream->too_large && !read_stream_head(stream, &head, &err)) {
        connection_log(conn, LEVEL_INFO, "%s", err.text);
        h2_stream_drop(stream, NGHTTP2_PROTOCOL_ERROR);
        return;
    }
    if (!identify_again(conn)) {
        if (conn->streams) {
            in_flight_end(conn); /* the other streams too */
            return;
        }
        h2_streams_last(h2); /* this request is answered by the new verdict; no other may follow */
    }
    stream->state = H2_REQUEST;
    h2->starting = stream;
    struct request *request = request_new(conn);
    h2->starting = NULL;
    request->keep_alive = true;
    int status = STATUS_HEADER_TOO_LARGE;
    const char *reason = "client sent too large request header";
    bool ok = !stream->too_large && take_head(stream, &head, &status, &reason);
    if (!stream->too_large) {
        request->head.line = head.line;
    }
    request->received = stream->fields_size;
    if (ok) {
        request_run(request);
    } else {
        head_refuse(request, status, reason);
    }
}

/* --- the body --- */

/* The client may send as much again. */
static void h2_stream_consume(struct h2_stream *stream, size_t n)
{
    (void)nghttp2_session_consume(stream->session->ng, stream->id, n);
    connection_touch(stream->session->conn);
}

static bool can_take(const struct h2_stream *stream)
{
    assert(stream->state != H2_REQUEST || stream->request);
    return stream->state == H2_REQUEST && !stream->paused &&
           (stream->tunnel || body_is_wanted(stream->request));
}

static void give(struct h2_stream *stream, struct str part)
{
    struct request *request = stream->request;
    if (stream->tunnel) {
        request->tunnel_data(request, part);
    } else {
        body_take(request, part);
    }
}

static void tell_ended(struct h2_stream *stream)
{
    struct request *request = stream->request;
    if (stream->tunnel) {
        request->tunnel_ended(request);
    } else {
        body_complete(request);
    }
}

/* Hands on what has arrived. The connection may be closed afterwards. */
static void deliver(struct h2_stream *stream)
{
    const struct connection *conn = stream->session->conn;
    while (conn->phase == CONNECTION_OPEN && can_take(stream)) {
        struct str part = buf_view(&stream->held);
        if (part.n) {
            struct buf taken = stream->held; /* what it holds is being read */
            stream->held = (struct buf){0};
            give(stream, part);
            buf_deinit(&taken);
            if (conn->phase == CONNECTION_OPEN) {
                h2_stream_consume(stream, part.n);
            }
        } else if (stream->ended && !stream->completed) {
            stream->completed = true;
            tell_ended(stream);
        } else {
            return;
        }
    }
}

void h2_want_body(struct request *request)
{
    struct h2_stream *stream = h2_stream_of(request);
    stream->since_ms = clock_now().mono_ms;
    if (!stream->ended && buf_size(&stream->held) == 0 && head_expects_continue(request)) {
        static const struct headers none = {0};
        h2_informational(request, 100, &none);
    }
}

void h2_pause(struct request *request)
{
    h2_stream_of(request)->paused = true;
}

void h2_resume(struct request *request)
{
    h2_stream_of(request)->paused = false;
    h2_stream_of(request)->since_ms = clock_now().mono_ms;
}

bool h2_drop_body(struct request *request)
{
    h2_stream_of(request)->paused = false;
    return true;
}

bool h2_is_here(struct request *request, uint64_t max)
{
    const struct h2_stream *stream = h2_stream_of(request);
    return stream->ended && buf_size(&stream->held) <= max;
}

/* --- the end --- */

/* nghttp2 no longer counts these, so the limit of streams is applied here. */
static bool stays_without_client(struct h2_stream *stream)
{
    struct h2_session *h2 = stream->session;
    struct request *request = stream->request;
    uint64_t max = h2->conn->server->settings.http2_max_streams;
    if (!request || !stream->reset_by_peer || h2->left >= max || !request_goes_on(request)) {
        return false;
    }
    h2->left++;
    stream->state = H2_LEFT;
    output_deinit(&stream->out);
    request_drained(request); /* the backend may have waited for the client */
    return true;
}

static void end_stream(struct h2_stream *stream)
{
    struct request *request = stream->request;
    assert(!request || request->stream == stream);
    size_t unread = buf_size(&stream->held);
    if (unread) {
        (void)nghttp2_session_consume_connection(stream->session->ng, unread);
        buf_clear(&stream->held);
    }
    if (stream->state != H2_LEFT && stays_without_client(stream)) {
        return;
    }
    stream->session->left -= stream->state == H2_LEFT;
    if (request && request->response.finished) {
        request_free(request);
    } else if (request) {
        request->client_gone = stream->reset_by_peer;
        request_abort(request);
    }
    h2_stream_free(stream);
}

void h2_streams_reap(struct h2_session *h2)
{
    struct h2_stream *next;
    for (struct h2_stream *stream = h2->first; stream; stream = next) {
        next = stream->next;
        bool is_done = stream->state == H2_LEFT && stream->request->response.finished;
        if (stream->state == H2_OVER || is_done) {
            end_stream(stream);
        }
    }
}

void h2_streams_run(struct connection *conn)
{
    struct h2_session *h2 = h2_session_of(conn);
    for (struct h2_stream *stream = h2->first; stream; stream = stream->next) {
        if (stream->state == H2_READY) {
            if (ocsp_check_again(conn)) {
                if (conn->phase == CONNECTION_CHECK) {
                    h2->ticks = h2->idles =
                        false; /* conn->read_by is the time limit of the check now */
                }
                return; /* goes on when the responders have answered */
            }
            begin(stream);
        }
        if (conn->phase == CONNECTION_OPEN) {
            deliver(stream);
        }
        if (conn->phase != CONNECTION_OPEN) {
            return; /* with a closed connection the session is gone */
        }
    }
    h2_streams_reap(h2);
}
