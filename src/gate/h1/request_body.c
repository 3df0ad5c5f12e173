/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/h1/request_body.h"

#include <assert.h>

#include "base/clock.h"
#include "gate/body.h"
#include "gate/h1/session.h"
#include "gate/head.h"

enum { TRAILER_MAX = 8 * 1024 };

bool h1_body_wants_input(const struct request *request)
{
    return body_is_wanted(request) && !h1_stream_of(request)->paused;
}

/* --- decoding --- */

static void input_length(struct request *request)
{
    struct h1_stream *stream = h1_stream_of(request);
    struct connection *conn = request->conn;
    size_t n = conn->input.n < stream->left ? conn->input.n : (size_t)stream->left;
    struct str part = str_head(conn->input, n);
    conn->input = str_skip(conn->input, part.n);
    assert(part.n <= stream->left);
    stream->left -= part.n;
    if (part.n) {
        body_take(request, part);
    }
    if (stream->left == 0 && h1_body_wants_input(request)) {
        body_complete(request);
    }
}

static void bad_chunk(struct request *request)
{
    struct connection *conn = request->conn;
    request_log(request, LEVEL_INFO, "client sent invalid chunked body");
    conn->input = str_skip(conn->input, conn->input.n);
    request->keep_alive = false;
    if (request->body.state == REQUEST_BODY_DISCARDING) {
        body_give_up(request);
    } else {
        body_fail(request, 400);
    }
}

static void input_chunked(struct request *request)
{
    struct h1_stream *stream = h1_stream_of(request);
    while (h1_body_wants_input(request)) {
        struct str data;
        switch (chunked_decode(&stream->chunked, &request->conn->input, TRAILER_MAX,
                               &request->arena, &request->body.trailers, &data)) {
        case CHUNKED_MORE: return;
        case CHUNKED_END: body_complete(request); return;
        case CHUNKED_BAD: bad_chunk(request); return;
        case CHUNKED_DATA: body_take(request, data);
        }
    }
}

/* Something came: the client has its time anew. One that is not waited for yet has no limit of its
 * own. */
static void move_deadline(struct request *request)
{
    const struct location_settings *location = request->walk.location;
    if (request->body.state != REQUEST_BODY_DISCARDING) {
        deadline_set(&request->conn->read_by, location->body.timeout_ms);
    } else if (h1_stream_of(request)->linger_until_ms) {
        deadline_set(&request->conn->read_by, location->lingering.timeout_ms);
    }
}

void h1_body_input(struct request *request)
{
    if (!h1_body_wants_input(request)) {
        return;
    }
    if (request->conn->input.n) {
        move_deadline(request);
    }
    if (h1_stream_of(request)->framing.kind == BODY_CHUNKED) {
        input_chunked(request);
    } else {
        input_length(request);
    }
}

/* Decodes as input_chunked would, but takes nothing. */
static bool chunks_are_here(struct request *request)
{
    struct chunked chunked = h1_stream_of(request)->chunked;
    struct str input = request->conn->input;
    struct headers trailers = {0};
    for (;;) {
        struct str data;
        switch (chunked_decode(&chunked, &input, TRAILER_MAX, &request->arena, &trailers, &data)) {
        case CHUNKED_DATA: break;
        case CHUNKED_END: return true;
        case CHUNKED_MORE:
        case CHUNKED_BAD: return false;
        }
    }
}

bool h1_is_here(struct request *request, uint64_t max)
{
    const struct framing *framing = &h1_stream_of(request)->framing;
    size_t here = request->conn->input.n;
    return framing->kind == BODY_CHUNKED ? here <= max && chunks_are_here(request)
                                         : framing->length <= max && here >= framing->length;
}

/* --- wanted, or not --- */

void h1_want_body(struct request *request)
{
    struct connection *conn = request->conn;
    assert(body_is_wanted(request));
    if (request->head.minor == 1 && !h1_stream_of(request)->continue_sent &&
        head_expects_continue(request)) {
        output_bytes(&conn->output, STR("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    h1_stream_of(request)->continue_sent = true;
    deadline_set(&conn->read_by, request->walk.location->body.timeout_ms);
}

void h1_pause(struct request *request)
{
    h1_stream_of(request)->paused = true;
    deadline_clear(&request->conn->read_by); /* it is not the client who is slow */
}

void h1_resume(struct request *request)
{
    struct h1_stream *stream = h1_stream_of(request);
    if (stream->paused && body_is_wanted(request)) {
        deadline_set(&request->conn->read_by, request->walk.location->body.timeout_ms);
    }
    stream->paused = false;
}

bool h1_drop_body(struct request *request)
{
    struct h1_stream *stream = h1_stream_of(request);
    const struct header *expect = headers_find(&request->head.headers, HEADER_EXPECT);
    if (!request->keep_alive || (expect && !stream->continue_sent)) {
        /* Nothing will be read on: whether a body follows is then the client's choice. */
        request->keep_alive = false;
        return false;
    }
    stream->paused = false;
    deadline_clear(&request->conn->read_by);
    return true;
}

bool h1_body_lingers(struct request *request)
{
    struct h1_stream *stream = h1_stream_of(request);
    const struct location_settings *location = request->walk.location;
    if (!request->keep_alive || request->body.state != REQUEST_BODY_DISCARDING) {
        return false;
    }
    uint64_t now = clock_now().mono_ms;
    if (stream->linger_until_ms == 0) {
        stream->linger_until_ms = now + location->lingering.time_ms;
        deadline_set(&request->conn->read_by, location->lingering.timeout_ms);
    }
    if (now >= stream->linger_until_ms) {
        body_abandon(request);
        return false;
    }
    return true;
}
