/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/h2/h2.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "gate/body.h"
#include "gate/h2/answer.h"
#include "gate/h2/session.h"
#include "gate/h2/tunnel.h"
#include "http/h2_options.h"
#include "tls/transport.h"

enum {
    CONNECTION_WINDOW = 1024 * 1024, /* of bodies not read yet: so much is held in all */
    SETTINGS_MAX = 32,               /* entries in one frame */
    ANSWER_TABLE = 2048, /* bytes of header fields that an answer can name by number (RFC
                            7541, 4.1), half of what a client offers: some 30 fields */
    TICK_MS = 1000,      /* how often the time limits of streams are looked at */
};

/* --- beginning and end --- */

static nghttp2_session *session_new(struct h2_session *h2)
{
    nghttp2_session_callbacks *callbacks = h2_callbacks_new();
    nghttp2_option *option = h2_options_new();
    nghttp2_session *ng = NULL;
    nghttp2_option_set_max_settings(option, SETTINGS_MAX);
    nghttp2_option_set_max_deflate_dynamic_table_size(option, ANSWER_TABLE);
    nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_PRIORITY_UPDATE);
    nghttp2_mem memory = h2_memory_functions(&h2->memory);
    if (nghttp2_session_server_new3(&ng, callbacks, h2, option, &memory) != 0) {
        must_have(NULL);
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return ng;
}

static struct h2_session *h2_session_new(struct connection *conn)
{
    struct h2_memory memory;
    h2_memory_init(&memory);
    struct h2_session *h2 =
        memory.block ? h2_memory_take(&memory, sizeof(*h2)) : must_calloc(1, sizeof(*h2));
    h2->conn = conn;
    h2->memory = memory;
    h2->ng = session_new(h2);
    return h2;
}

static void h2_session_free(struct h2_session *h2)
{
    nghttp2_session_del(h2->ng);
    bool placed = h2->memory.block;
    h2_memory_deinit(&h2->memory);
    if (!placed) {
        free(h2);
    }
}

static void h2_open(struct connection *conn)
{
    const struct server_settings *server = &conn->server->settings;
    const struct head_buffers *heads = &server->large_headers;
    uint64_t all =
        server->http2_window > CONNECTION_WINDOW ? server->http2_window : CONNECTION_WINDOW;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)server->http2_max_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)server->http2_window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)(heads->n * heads->size)},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1}, /* RFC 8441 */
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},   /* those of RFC 9218 instead */
    };
    assert(!conn->session && server->http2_max_streams > 0 && all <= INT32_MAX);
    struct h2_session *h2 = h2_session_new(conn);
    conn->session = h2;
    (void)nghttp2_submit_settings(h2->ng, NGHTTP2_FLAG_NONE, settings, COUNT_OF(settings));
    (void)nghttp2_session_set_local_window_size(h2->ng, NGHTTP2_FLAG_NONE, 0, (int32_t)all);
    connection_touch(conn);
}

static void h2_close(struct connection *conn)
{
    struct h2_session *h2 = h2_session_of(conn);
    while (h2->first) {
        h2_stream_free(h2->first);
    }
    assert(!h2->last && !conn->streams);
    h2_session_free(h2);
    conn->session = NULL;
}

/* --- input --- */

static enum interest h2_interest(const struct connection *conn)
{
    const struct h2_session *h2 = h2_session_of(conn);
    bool reads = !h2->gone && !h2->failed && nghttp2_session_want_read(h2->ng);
    return reads ? INTEREST_INPUT : INTEREST_NONE;
}

static bool h2_is_idle(const struct connection *conn)
{
    return !h2_session_of(conn)->first;
}

/* The next time limit: of the connection when it is idle, else a look at those of the streams. */
static void set_deadline(struct connection *conn)
{
    struct h2_session *h2 = h2_session_of(conn);
    if (h2_is_idle(conn) && !h2->idles) {
        h2->idles = true;
        h2->ticks = false;
        deadline_set(&conn->read_by, conn->server->root.keepalive.timeout_ms);
    } else if (!h2_is_idle(conn) && !h2->ticks) {
        /* Input on one stream must not put off the time limits of the others. */
        h2->ticks = true;
        h2->idles = false;
        deadline_set(&conn->read_by, TICK_MS);
    }
}

static void tell_to_leave(struct connection *conn)
{
    if (connection_is_worn(conn, &conn->server->root)) {
        h2_streams_last(h2_session_of(conn));
    }
}

/*
 * nghttp2 has not told the client of these: an invalid preface (RFC 9113, 3.4), a frame that is too
 * long (4.2), a flood (10.5).
 */
static uint32_t h2_code_of(const struct h2_session *h2, ssize_t error)
{
    switch (error) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC: return NGHTTP2_PROTOCOL_ERROR;
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS: return NGHTTP2_ENHANCE_YOUR_CALM;
    case NGHTTP2_ERR_CALLBACK_FAILURE:
        return h2->too_long ? NGHTTP2_FRAME_SIZE_ERROR : NGHTTP2_INTERNAL_ERROR;
    default: return NGHTTP2_INTERNAL_ERROR;
    }
}

/* RFC 9113, 5.4.1: GOAWAY, and then the end. */
static void h2_fail(struct connection *conn, ssize_t error)
{
    struct h2_session *h2 = h2_session_of(conn);
    connection_log(conn, LEVEL_INFO, "client sent invalid HTTP/2: %s",
                   nghttp2_strerror((int)error));
    h2->told_to_leave = h2->failed = true;
    (void)nghttp2_session_terminate_session(h2->ng, h2_code_of(h2, error));
    set_deadline(conn);
    connection_touch(conn);
}

static void h2_input(struct connection *conn)
{
    struct h2_session *h2 = h2_session_of(conn);
    struct str input = conn->input;
    conn->input = str_skip(input, input.n);
    if (h2->failed) {
        return;
    }
    ssize_t n = nghttp2_session_mem_recv(h2->ng, (const uint8_t *)input.p, input.n);
    if (n < 0) {
        h2_fail(conn, n);
        return;
    }
    h2_streams_run(conn);
    if (conn->phase == CONNECTION_OPEN) {
        tell_to_leave(conn);
        set_deadline(conn);
    }
    connection_touch(conn);
}

static void h2_hung_up(struct connection *conn)
{
    (void)conn; /* input is always wanted: the end is found by reading */
}

static void h2_ended(struct connection *conn)
{
    if (conn->streams) {
        connection_log(conn, LEVEL_INFO, "client prematurely closed connection");
    } else if (conn->requests > 0) {
        connection_log_idle_end(conn);
    }
    connection_lost(conn);
}

/* As if the client had reset each stream. */
static bool h2_outlives(struct connection *conn)
{
    struct h2_session *h2 = h2_session_of(conn);
    for (struct h2_stream *stream = h2->first; !h2->gone && stream; stream = stream->next) {
        (void)nghttp2_session_set_stream_user_data(h2->ng, stream->id, NULL);
        stream->reset_by_peer = true;
        stream->state = stream->state == H2_LEFT ? H2_LEFT : H2_OVER;
    }
    h2->gone = true;
    h2_streams_reap(h2);
    output_deinit(&conn->output);
    return h2->first;
}

/* --- time limits --- */

static bool is_overdue(const struct h2_stream *stream, uint64_t now)
{
    const struct connection *conn = stream->session->conn;
    uint64_t waits = now - stream->since_ms;
    const struct request *request = stream->request;
    if (stream->state == H2_HEAD) {
        return waits > conn->server->settings.client_header_timeout_ms;
    }
    if (stream->state != H2_REQUEST) {
        return false;
    }
    const struct location_settings *location = request->walk.location;
    if (body_is_wanted(request) && !stream->paused && !stream->ended) {
        return waits > location->body.timeout_ms;
    }
    /* The end of an answer needs a window as well: nghttp2 sends it as data. */
    bool is_unsent = output_size(&stream->out) || (stream->out_ended && !stream->answered);
    return is_unsent && waits > location->send_timeout_ms;
}

static void h2_expired(struct connection *conn)
{
    struct h2_session *h2 = h2_session_of(conn);
    uint64_t now = clock_now().mono_ms;
    bool has_ticked = h2->ticks;
    h2->ticks = false;
    if (h2_is_idle(conn)) {
        if (has_ticked) {
            set_deadline(conn); /* it became idle since the last look */
            h2_memory_trim(&h2->memory);
            gate_grows_calm(conn->gate);
        } else {
            connection_close(conn);
        }
        return;
    }
    for (struct h2_stream *stream = h2->first; stream; stream = stream->next) {
        if (is_overdue(stream, now)) {
            connection_log(conn, LEVEL_INFO, "client timed out (110: Connection timed out)");
            if (stream->state == H2_HEAD) { /* no other frame can come before its end */
                h2->told_to_leave = true;
                (void)nghttp2_session_terminate_session(h2->ng, NGHTTP2_NO_ERROR);
                break;
            }
            if (stream->request) {
                request_unanswered(stream->request, 408);
            }
            h2_stream_drop(stream, NGHTTP2_CANCEL);
        }
    }
    set_deadline(conn);
    connection_touch(conn);
}

/* --- output --- */

/* Takes frames from nghttp2 until there are `max` bytes of output, or no more: 0. Negative: its
 * error. */
static ssize_t take_frames(struct connection *conn, uint64_t max)
{
    struct h2_session *h2 = h2_session_of(conn);
    ssize_t n = 1;
    h2->ahead = (struct h2_ahead){0}; /* the output has changed since */
    while (n > 0 && output_size(&conn->output) < max) {
        const uint8_t *frames;
        n = nghttp2_session_mem_send(h2->ng, &frames);
        if (n > 0) {
            output_bytes(&conn->output, (struct str){(const char *)frames, (size_t)n});
        }
    }
    return n;
}

static bool h2_fill(struct connection *conn)
{
    if (h2_session_of(conn)->gone) {
        h2_streams_reap(h2_session_of(conn));
        return false;
    }
    ssize_t n = take_frames(conn, H2_FILL);
    if (n < 0) {
        connection_log(conn, LEVEL_ERROR, "nghttp2_session_mem_send() failed: %s",
                       nghttp2_strerror((int)n));
        connection_close(conn);
        return false;
    }
    h2_streams_reap(h2_session_of(conn));
    return n > 0 || output_size(&conn->output) >= H2_FILL; /* else nghttp2 had no more */
}

/*
 * RFC 9113, 8.1: the answer is complete, and the rest of the request not needed. This goes out
 * apart from the answer: curl 7.88 forgets an answer that comes in one piece with it.
 */
static void end_uploads(struct h2_session *h2)
{
    for (struct h2_stream *stream = h2->first; stream; stream = stream->next) {
        if (stream->answered && !stream->ended && stream->state == H2_REQUEST) {
            h2_stream_reset(stream, NGHTTP2_NO_ERROR);
            stream->ended = true;
        }
    }
}

static void h2_drained(struct connection *conn)
{
    struct h2_session *h2 = h2_session_of(conn);
    if (h2->gone ? h2_is_idle(conn)
                 : !nghttp2_session_want_read(h2->ng) && !nghttp2_session_want_write(h2->ng)) {
        connection_close(conn);
        return;
    }
    end_uploads(h2);
    for (struct h2_stream *stream = h2->first; stream; stream = stream->next) {
        bool is_served = stream->state == H2_REQUEST || stream->state == H2_LEFT;
        if (is_served && !stream->request->response.finished && output_size(&stream->out) == 0) {
            request_drained(stream->request);
        }
        if (conn->phase != CONNECTION_OPEN) {
            return;
        }
    }
    if (h2->told_to_leave && h2_is_idle(conn)) {
        connection_close(conn);
    } else if (h2_is_idle(conn) && conn->requests > 0 && !transport_pending(&conn->transport)) {
        connection_idle(conn); /* not before the first request: that one must be answered */
    }
}

static void h2_leave(struct connection *conn)
{
    const struct h2_session *h2 = h2_session_of(conn);
    if (!h2->gone) {
        (void)nghttp2_session_terminate_session(h2->ng, NGHTTP2_NO_ERROR);
        (void)take_frames(conn, UINT64_MAX);
    }
}

const struct protocol h2_protocol = {
    .name = "h2",
    .preface = STR_INIT("PRI * HTTP/2.0\r\n\r\n"),
    .open = h2_open,
    .close = h2_close,
    .interest = h2_interest,
    .input = h2_input,
    .hung_up = h2_hung_up,
    .ended = h2_ended,
    .outlives = h2_outlives,
    .expired = h2_expired,
    .fill = h2_fill,
    .drained = h2_drained,
    .is_idle = h2_is_idle,
    .leave = h2_leave,
    .attach = h2_attach,
    .want_body = h2_want_body,
    .pause = h2_pause,
    .resume = h2_resume,
    .drop_body = h2_drop_body,
    .is_here = h2_is_here,
    .accepts = h2_accepts,
    .upgrade = h2_upgrade,
    .cut = h2_cut,
    .informational = h2_informational,
    .frame = h2_frame,
    .fields = h2_fields,
    .head = h2_head,
    .data = h2_data,
    .file = h2_file,
    .end = h2_end,
    .reset = h2_reset,
    .unsent = h2_unsent,
};
