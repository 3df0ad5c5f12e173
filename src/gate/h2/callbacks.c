/* SPDX-License-Identifier: Apache-2.0 */
/* What nghttp2 tells of the frames of a client. */
#include "base/clock.h"
#include "base/must.h"
#include "gate/h2/session.h"

enum {
    NUISANCE_BURST = 1000,
    NUISANCE_A_SECOND = 33, /* as nghttp2's own limit of resets */
    FIELD_OVERHEAD = 32,    /* RFC 9113, 6.5.2 */
    HOPELESS = 8, /* times the limit of a header: not even answered. An octet can name 4 KB of it
                     (RFC 7541, 6.1), which nghttp2 checks each time as long as it is told to us */
    UPDATES_A_FRAME = 2, /* of a window, fair for each frame of data: of stream and connection … */
    UPDATE_SIZE = 1024,  /* … and for each so many bytes: some clients read in small pieces */
};

void h2_nuisance(struct h2_session *h2)
{
    uint64_t now = clock_now().mono_ms / 1000;
    uint64_t forgiven = (now - h2->nuisance_s) * NUISANCE_A_SECOND;
    h2->nuisance = h2->nuisance > forgiven ? h2->nuisance - forgiven : 0;
    h2->nuisance_s = now;
    if (++h2->nuisance == NUISANCE_BURST) {
        connection_log(h2->conn, LEVEL_INFO, "client sent too many HTTP/2 control frames");
        h2->told_to_leave = true;
        (void)nghttp2_session_terminate_session(h2->ng, NGHTTP2_ENHANCE_YOUR_CALM);
    }
}

static struct h2_stream *stream_by_id(nghttp2_session *ng, int32_t id)
{
    return nghttp2_session_get_stream_user_data(ng, id);
}

/*
 * RFC 9113, 4.2: nghttp2 does not look at the length of CONTINUATION. With
 * SETTINGS_NO_RFC7540_PRIORITIES it drops PRIORITY frames and reports none, so they are counted
 * here.
 */
static int on_begin_frame(nghttp2_session *ng, const nghttp2_frame_hd *head, void *arg)
{
    struct h2_session *h2 = arg;
    h2->queued = nghttp2_session_get_outbound_queue_size(ng);
    h2->too_long =
        head->length > nghttp2_session_get_local_settings(ng, NGHTTP2_SETTINGS_MAX_FRAME_SIZE);
    if (head->type == NGHTTP2_PRIORITY) {
        h2_nuisance(h2);
        if (head->stream_id == 0) { /* 6.3 */
            h2->told_to_leave = true;
            (void)nghttp2_session_terminate_session(ng, NGHTTP2_PROTOCOL_ERROR);
        }
    }
    return h2->too_long ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_begin_headers(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        struct h2_stream *stream = h2_stream_new(arg, frame->hd.stream_id);
        nghttp2_session_set_stream_user_data(ng, stream->id, stream);
    }
    return 0;
}

static void keep_field(struct h2_stream *stream, const uint8_t *name, size_t name_n,
                       const uint8_t *value, size_t value_n)
{
    char *copy = arena_bytes(&stream->arena, name_n + value_n);
    memcpy(copy, name, name_n);
    memcpy(copy + name_n, value, value_n);
    const struct str kept = {copy, name_n};
    headers_add(&stream->fields, &stream->arena, kept, (struct str){copy + name_n, value_n});
    stream->connects = stream->connects || str_eq(kept, STR(":protocol"));
    stream->says_priority = stream->says_priority || str_eq(kept, STR("priority"));
}

static int on_header(nghttp2_session *ng, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags, void *arg)
{
    struct h2_stream *stream = stream_by_id(ng, frame->hd.stream_id);
    const struct h2_session *h2 = arg;
    const struct server_settings *settings = &h2->conn->server->settings;
    size_t max = settings->large_headers.n * settings->large_headers.size;
    size_t size = name_n + value_n + FIELD_OVERHEAD;
    if (!stream) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* dropped: nghttp2 need not go on */
    }
    if (stream->state != H2_HEAD) { /* a trailer section is not read */
        stream->trailers_size += size;
        return stream->trailers_size > max ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
    }
    stream->fields_size += size;
    if (stream->fields_size > HOPELESS * max) {
        connection_log(h2->conn, LEVEL_INFO, "client sent too large request header");
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* resets the stream */
    }
    if (stream->fields_size > max || stream->fields.n >= settings->max_headers) {
        stream->too_large = true;
        return 0;
    }
    keep_field(stream, name, name_n, value, value_n);
    return 0;
}

/* The client has sent all of the stream. */
static void end_of(struct h2_stream *stream, const nghttp2_frame *frame)
{
    if (stream && frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
        stream->ended = true;
    }
}

/*
 * RFC 9218, 10: answers of which the client says nothing share the connection, for a long one would
 * keep the others waiting. nghttp2 knows what it does say, in `priority` and PRIORITY_UPDATE.
 */
static void set_usual_priority(struct h2_session *h2, const struct h2_stream *stream)
{
    const nghttp2_extpri usual = {NGHTTP2_EXTPRI_DEFAULT_URGENCY, 1};
    if (stream->id != h2->prioritized && !stream->says_priority) {
        (void)nghttp2_session_change_extpri_stream_priority(h2->ng, stream->id, &usual, 0);
    }
}

/* RFC 9218, 7.1: it may come before its stream. */
static void on_priority(struct h2_session *h2, const nghttp2_frame *frame)
{
    const nghttp2_ext_priority_update *update = frame->ext.payload;
    h2->prioritized = update->stream_id;
    h2_nuisance(h2);
}

/*
 * RFC 9113, 6.9.2: an initial window that makes the window of a stream too large is an error of the
 * connection. nghttp2 only resets the stream; that shows in its queue, which then holds more than
 * the acknowledgement.
 */
static void check_windows(struct h2_session *h2, const nghttp2_frame *frame)
{
    if (!(frame->hd.flags & NGHTTP2_FLAG_ACK) &&
        nghttp2_session_get_outbound_queue_size(h2->ng) > h2->queued + 1) {
        h2->told_to_leave = true;
        (void)nghttp2_session_terminate_session(h2->ng, NGHTTP2_FLOW_CONTROL_ERROR);
    }
}

static int on_frame(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
    struct h2_session *h2 = arg;
    struct h2_stream *stream = stream_by_id(ng, frame->hd.stream_id);
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        end_of(stream, frame);
        if (stream && stream->state == H2_HEAD) {
            stream->state = H2_READY;
            set_usual_priority(h2, stream);
        }
        break;
    case NGHTTP2_DATA:
        end_of(stream, frame);
        if (frame->hd.length == frame->data.padlen &&
            !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) {
            h2_nuisance(h2);
        }
        break;
    case NGHTTP2_SETTINGS:
        check_windows(h2, frame);
        h2_nuisance(h2);
        break;
    case NGHTTP2_PING: h2_nuisance(h2); break;
    case NGHTTP2_PRIORITY_UPDATE: on_priority(h2, frame); break;
    case NGHTTP2_RST_STREAM:
        h2_nuisance(h2);
        if (stream) {
            stream->reset_by_peer = true;
        }
        break;
    case NGHTTP2_WINDOW_UPDATE:
        if (h2->updates_due) {
            h2->updates_due--;
        } else {
            h2_nuisance(h2);
        }
        break;
    default: break;
    }
    return 0;
}

static int on_data(nghttp2_session *ng, uint8_t flags, int32_t id, const uint8_t *data, size_t n,
                   void *arg)
{
    struct h2_stream *stream = stream_by_id(ng, id);
    if (!stream || stream->state == H2_OVER) {
        (void)nghttp2_session_consume(ng, id, n);
        return 0;
    }
    stream->since_ms = clock_now().mono_ms;
    buf_append(&stream->held, (struct str){(const char *)data, n});
    return 0;
}

/* A malformed message: nghttp2 resets the stream, or ends the connection. */
static int on_invalid(nghttp2_session *ng, const nghttp2_frame *frame, int code, void *arg)
{
    struct h2_session *h2 = arg;
    connection_log(h2->conn, LEVEL_INFO, "client sent an invalid HTTP/2 frame (type %u): %s",
                   (unsigned)frame->hd.type, nghttp2_strerror(code));
    return 0;
}

static int on_frame_sent(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
    struct h2_session *h2 = arg;
    if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR) {
        h2_nuisance(h2); /* CVE-2025-8671: the client had us reset it */
    } else if (frame->hd.type == NGHTTP2_DATA) {
        h2->updates_due += UPDATES_A_FRAME + frame->hd.length / UPDATE_SIZE;
        h2->nuisance -= h2->nuisance > 0; /* some clients send a PING for each */
    }
    struct h2_stream *stream = stream_by_id(ng, frame->hd.stream_id);
    bool can_end = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (stream && can_end && frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
        stream->answered = true;
    }
    return 0;
}

static int on_closed(nghttp2_session *ng, int32_t id, uint32_t code, void *arg)
{
    struct h2_stream *stream = stream_by_id(ng, id);
    if (stream) {
        nghttp2_session_set_stream_user_data(ng, id, NULL);
        stream->state = H2_OVER;
    }
    return 0;
}

nghttp2_session_callbacks *h2_callbacks_new(void)
{
    nghttp2_session_callbacks *callbacks;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        must_have(NULL);
    }
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, h2_send_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_closed);
    return callbacks;
}
