/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/h2/answer.h"

#include <assert.h>
#include <unistd.h>

#include "base/clock.h"
#include "gate/h2/session.h"
#include "gate/h2/tunnel.h"
#include "gate/respond.h"
#include "http/h2_fields.h"
#include "http/status.h"

enum { FRAME_HEAD = 9 }; /* bytes (RFC 9113, 4.1) */

void h2_frame(struct request *request)
{
    h2_refuse_success(request);
    request->response.takes_trailers = !request->response.no_body;
}

/* The frames say where a body ends, and the connection is no message's to end. */
void h2_fields(struct request *request)
{
    (void)request;
}

/* --- the head --- */

/* `:status` and the fields, in the arena; `number` holds the former. */
static nghttp2_nv *head_pairs(int status, char number[4], const struct headers *fields,
                              struct arena *arena, size_t *n)
{
    assert(status >= 100 && status <= 999);
    nghttp2_nv *pairs = arena_alloc(arena, (fields->n + 1) * sizeof(*pairs));
    pairs[0] = h2_field(STR(":status"), str_head(status_line(status, number), 3));
    *n = h2_fields_add(fields, pairs, 1);
    return pairs;
}

void h2_informational(struct request *request, int status, const struct headers *fields)
{
    const struct h2_stream *stream = h2_stream_of(request);
    char number[4];
    size_t n;
    if (stream->state == H2_LEFT) {
        return;
    }
    const nghttp2_nv *pairs = head_pairs(status, number, fields, &request->arena, &n);
    (void)nghttp2_submit_headers(stream->session->ng, NGHTTP2_FLAG_NONE, stream->id, NULL, pairs, n,
                                 NULL);
}

static ssize_t on_read(nghttp2_session *ng, int32_t id, uint8_t *into, size_t cap, uint32_t *flags,
                       nghttp2_data_source *source, void *arg);

void h2_head(struct request *request)
{
    struct h2_stream *stream = h2_stream_of(request);
    struct response *response = &request->response;
    char number[4];
    size_t n;
    if (stream->state == H2_LEFT) {
        return;
    }
    if (response->upgrade) {
        h2_say_200(request);
    }
    const nghttp2_nv *pairs =
        head_pairs(response->status, number, &response->sent, &request->arena, &n);
    for (size_t i = 0; i < n; i++) {
        response->head_sent += pairs[i].namelen + pairs[i].valuelen;
    }
    bool has_body = response->upgrade || (!response->no_body &&
                                          (response->length != 0 || respond_has_trailers(request)));
    const nghttp2_data_provider body = {.read_callback = on_read};
    stream->out_ended = !has_body;
    (void)nghttp2_submit_response(stream->session->ng, stream->id, pairs, n,
                                  has_body ? &body : NULL);
}

/* --- the body --- */

static void submit_trailers(struct h2_stream *stream, const struct headers *fields)
{
    struct arena *arena = &stream->request->arena;
    nghttp2_nv *pairs = arena_alloc(arena, fields->n * sizeof(nghttp2_nv));
    size_t n = h2_fields_add(fields, pairs, 0);
    (void)nghttp2_submit_trailer(stream->session->ng, stream->id, pairs, n);
}

/* How long the next frame is. Its bytes are taken by h2_send_data, which spares a copy. */
static ssize_t on_read(nghttp2_session *ng, int32_t id, uint8_t *into, size_t cap, uint32_t *flags,
                       nghttp2_data_source *source, void *arg)
{
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(ng, id);
    if (!stream) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* h2_stream_drop */
    }
    uint64_t chunk = stream->request->walk.location->http2_chunk_size;
    uint64_t left = output_size(&stream->out);
    uint64_t n = left < cap ? left : cap;
    if (chunk > FRAME_HEAD && n > chunk - FRAME_HEAD) {
        n = chunk - FRAME_HEAD; /* frames of 8k fill TLS records to the last byte */
    }
    if (n == left && stream->out_ended) {
        const struct headers *trailers = &stream->request->response.sent_trailers;
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (trailers->n) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            submit_trailers(stream, trailers);
        }
    } else if (n == 0) {
        stream->out_deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    return (ssize_t)n;
}

/*
 * Whether the bytes of the frame that begins at p are in their place. Those of a file are read for
 * up to `frames` frames in one call; a frame of another stream between them makes the rest void.
 */
static bool is_read(struct h2_stream *stream, char *p, size_t n, size_t frames)
{
    struct h2_ahead *ahead = &stream->session->ahead;
    const struct buf *bytes = &stream->session->conn->output.bytes;
    if (!ahead->frames || ahead->stream != stream || ahead->n != n || ahead->next != p ||
        ahead->data != bytes->data || ahead->start != bytes->start) {
        frames = output_peek(&stream->out, p + FRAME_HEAD, n, FRAME_HEAD + n, frames);
        *ahead = (struct h2_ahead){stream, bytes->data, bytes->start, p, n, frames};
    }
    if (!ahead->frames) {
        return false;
    }
    output_skip(&stream->out, n);
    ahead->next += FRAME_HEAD + n;
    ahead->frames--;
    return true;
}

/* How many frames of n bytes the stream has for the output until that is full. */
static size_t frames_at_hand(const struct h2_stream *stream, size_t have, size_t n)
{
    size_t fit = (H2_FILL - have + FRAME_HEAD + n - 1) / (FRAME_HEAD + n);
    uint64_t full = n ? output_size(&stream->out) / n : 0;
    return full < fit ? (size_t)full : fit;
}

int h2_send_data(nghttp2_session *ng, nghttp2_frame *frame, const uint8_t *head, size_t n,
                 nghttp2_data_source *source, void *arg)
{
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(ng, frame->hd.stream_id);
    if (!stream) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* dropped since on_read */
    }
    struct connection *conn = stream->session->conn;
    struct buf *bytes = &conn->output.bytes;
    struct error err;
    size_t have = buf_size(bytes), taken = n;
    if (have >= H2_FILL) {
        return NGHTTP2_ERR_WOULDBLOCK;
    }
    /* Room for the frames behind this one as well, so that the buffer need not grow for each. */
    size_t frames = frames_at_hand(stream, have, n);
    char *p = output_reserve(&conn->output, (frames ? frames : 1) * (FRAME_HEAD + n));
    if (!(frames && is_read(stream, p, n, frames)) &&
        !output_take(&stream->out, p + FRAME_HEAD, n, &taken, &err)) {
        connection_log(conn, LEVEL_ERROR, "%s while sending to client", err.text);
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    assert(taken == n);
    memcpy(p, head, FRAME_HEAD);
    buf_grew(bytes, FRAME_HEAD + n);
    stream->since_ms = clock_now().mono_ms;
    return 0;
}

/* Before something is added: the time that it may wait begins, unless something waits already. */
static void begin_wait(struct h2_stream *stream)
{
    if (output_size(&stream->out) == 0) {
        stream->since_ms = clock_now().mono_ms;
    }
}

static void wake(struct h2_stream *stream)
{
    if (stream->out_deferred) {
        stream->out_deferred = false;
        (void)nghttp2_session_resume_data(stream->session->ng, stream->id);
    }
}

void h2_data(struct request *request, struct str bytes)
{
    struct h2_stream *stream = h2_stream_of(request);
    if (stream->state != H2_LEFT) {
        begin_wait(stream);
        output_bytes(&stream->out, bytes);
        wake(stream);
    }
}

void h2_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned)
{
    struct h2_stream *stream = h2_stream_of(request);
    if (stream->state != H2_LEFT) {
        begin_wait(stream);
        output_file(&stream->out, fd, offset, n, owned);
        wake(stream);
    } else if (owned) {
        close(fd);
    }
}

void h2_end(struct request *request)
{
    struct h2_stream *stream = h2_stream_of(request);
    begin_wait(stream);
    stream->out_ended = true;
    if (stream->state != H2_LEFT) {
        wake(stream);
    }
}

void h2_reset(struct request *request)
{
    struct h2_stream *stream = h2_stream_of(request);
    if (stream->state == H2_LEFT) {
        return;
    }
    uint32_t code = stream->tunnel ? NGHTTP2_CANCEL /* RFC 8441, 5: as a reset behind a tunnel */
                    : request->closed_without_answer ? NGHTTP2_PROTOCOL_ERROR /* as nginx */
                                                     : NGHTTP2_INTERNAL_ERROR;
    h2_stream_reset(stream, code);
}

uint64_t h2_unsent(const struct request *request)
{
    return output_size(&h2_stream_of(request)->out);
}
