/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/body.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/temporary.h"
#include "gate/connection.h"
#include "gate/request.h"
#include "gate/respond.h"

enum { TRAILER_MAX = 8 * 1024 };

bool body_wants_input(const struct request *request)
{
    switch (request->body.state) {
    case REQUEST_BODY_BUFFERING:
    case REQUEST_BODY_DISCARDING: return true;
    case REQUEST_BODY_STREAMING: return !request->body.paused;
    default: return false;
    }
}

void body_deinit(struct request *request)
{
    buf_deinit(&request->body.memory);
    if (request->body.fd >= 0) {
        close(request->body.fd);
        request->body.fd = -1;
    }
}

/* --- keeping it --- */

static int open_temporary(struct request *request)
{
    struct error err;
    int fd = temporary_open(request->walk.location->client_body_temp_path, &err);
    if (fd < 0) {
        request_log(request, LEVEL_CRIT, "%s", err.text);
    }
    return fd;
}

static bool body_write_all(struct request *request, struct str bytes)
{
    if (!file_write(request->body.fd, bytes)) {
        struct error err;
        (void)!error_errno(&err, errno, "write() of the request body to a temporary file");
        request_log(request, LEVEL_CRIT, "%s", err.text);
        return false;
    }
    return true;
}

/* Moves what was gathered to the file. */
static bool spill(struct request *request)
{
    struct request_body *body = &request->body;
    if (body->fd < 0) {
        body->fd = open_temporary(request);
    }
    bool ok = body->fd >= 0 && body_write_all(request, buf_view(&body->memory));
    buf_deinit(&body->memory);
    return ok;
}

/* Gathers in memory, so that a body of tiny chunks costs no write for each. */
static bool body_keep(struct request *request, struct str bytes)
{
    struct request_body *body = &request->body;
    buf_append(&body->memory, bytes);
    return buf_size(&body->memory) <= request->walk.location->client_body_buffer_size ||
           spill(request);
}

int64_t body_read_at(struct request *request, uint64_t offset, char *out, size_t cap)
{
    struct request_body *body = &request->body;
    if (body->fd < 0) {
        struct str rest = str_skip(buf_view(&body->memory), (size_t)offset);
        struct str part = str_head(rest, cap);
        memcpy(out, part.p ? part.p : "", part.n);
        return (int64_t)part.n;
    }
    ssize_t n;
    do {
        n = pread(body->fd, out, cap, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* --- taking it in --- */

/* The rest of the body is not to be had, or not to be trusted: for every handler there is none. */
static void give_up(struct request *request)
{
    request->body.state = REQUEST_BODY_UNREAD;
    request->body.dropped = true;
    request->keep_alive = false;
    body_deinit(request);
}

static void body_fail(struct request *request, int status)
{
    give_up(request);
    request_drop_handler(request); /* a backend's answer must not follow this one */
    respond_status(request, status);
    request_run(request);
}

static void body_complete(struct request *request)
{
    struct request_body *body = &request->body;
    bool wanted = body->state != REQUEST_BODY_DISCARDING;
    if (body->state == REQUEST_BODY_BUFFERING && body->fd >= 0 && !spill(request)) {
        body_fail(request, 500);
        return;
    }
    body->state = REQUEST_BODY_COMPLETE;
    if (wanted && body->ready) {
        body->ready(request);
        request_run(request);
    } else {
        connection_touch(request->conn);
    }
}

/* Part of the body, decoded. The state may be another afterwards. */
static void body_take(struct request *request, struct str bytes)
{
    struct request_body *body = &request->body;
    uint64_t max = request->walk.location->client_max_body_size;
    body->received += bytes.n;
    request->received += bytes.n;
    if (body->state == REQUEST_BODY_DISCARDING) {
        return;
    }
    if (max && body->received > max) {
        request_log(request, LEVEL_ERROR,
                    "client intended to send too large chunked body: %llu bytes",
                    (unsigned long long)body->received);
        body_fail(request, 413);
    } else if (body->state == REQUEST_BODY_STREAMING) {
        body->data(request, bytes);
    } else if (!body_keep(request, bytes)) {
        body_fail(request, 500);
    }
}

static void input_length(struct request *request)
{
    struct request_body *body = &request->body;
    struct connection *conn = request->conn;
    struct str part = {conn->input.p,
                       conn->input.n < body->left ? conn->input.n : (size_t)body->left};
    conn->input = str_skip(conn->input, part.n);
    body->left -= part.n;
    if (part.n) {
        body_take(request, part);
    }
    if (body->left == 0 && body_wants_input(request)) {
        body_complete(request);
    }
}

static void input_chunked(struct request *request)
{
    struct request_body *body = &request->body;
    struct connection *conn = request->conn;
    while (body_wants_input(request)) {
        struct str data;
        switch (chunked_decode(&body->chunked, &conn->input, TRAILER_MAX, &request->arena,
                               &body->trailers, &data)) {
        case CHUNKED_MORE: return;
        case CHUNKED_END: body_complete(request); return;
        case CHUNKED_BAD:
            request_log(request, LEVEL_INFO, "client sent invalid chunked body");
            conn->input = str_skip(conn->input, conn->input.n);
            request->keep_alive = false;
            if (body->state == REQUEST_BODY_DISCARDING) {
                body_give_up(request);
            } else {
                body_fail(request, 400);
            }
            return;
        case CHUNKED_DATA: body_take(request, data);
        }
    }
}

/* Something came: the client has its time anew. One that is not waited for yet has no limit of its
 * own. */
static void move_deadline(struct request *request)
{
    if (request->body.state != REQUEST_BODY_DISCARDING) {
        deadline_set(&request->conn->read_by, request->walk.location->client_body_timeout_ms);
    } else if (request->body.linger_until_ms) {
        deadline_set(&request->conn->read_by, request->walk.location->lingering_timeout_ms);
    }
}

void body_input(struct request *request)
{
    struct request_body *body = &request->body;
    if (!body_wants_input(request)) {
        return;
    }
    if (request->conn->input.n) {
        move_deadline(request);
    }
    if (body->framing.kind == BODY_CHUNKED) {
        input_chunked(request);
    } else {
        input_length(request);
    }
}

/* RFC 9110, 10.1.1: the client holds its body back until it is told to go on. */
static void send_continue(struct request *request)
{
    const struct header *expect = headers_find(&request->head.headers, HEADER_EXPECT);
    if (expect && request->head.minor == 1 && !request->body.continue_sent &&
        str_ieq(expect->value, STR("100-continue"))) {
        output_bytes(&request->conn->output, STR("HTTP/1.1 100 Continue\r\n\r\n"));
        connection_touch(request->conn);
    }
    request->body.continue_sent = true;
}

static void body_begin(struct request *request, int state)
{
    request->body.state = state;
    send_continue(request);
    deadline_set(&request->conn->read_by, request->walk.location->client_body_timeout_ms);
    connection_resume(request->conn);
}

static bool is_settled(const struct request *request)
{
    return request->body.state == REQUEST_BODY_COMPLETE || request->body.dropped;
}

void body_buffer(struct request *request, void (*ready)(struct request *request))
{
    if (is_settled(request)) {
        ready(request);
        return;
    }
    assert(request->body.state == REQUEST_BODY_UNREAD);
    request->body.ready = ready;
    body_begin(request, REQUEST_BODY_BUFFERING);
}

void body_stream(struct request *request, void (*data)(struct request *request, struct str bytes),
                 void (*ready)(struct request *request))
{
    if (is_settled(request)) {
        ready(request);
        return;
    }
    assert(request->body.state == REQUEST_BODY_UNREAD);
    request->body.data = data;
    request->body.ready = ready;
    body_begin(request, REQUEST_BODY_STREAMING);
}

/* Decodes as input_chunked would, but takes nothing. */
static bool chunks_are_here(struct request *request)
{
    struct chunked chunked = request->body.chunked;
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

bool body_is_here(struct request *request)
{
    const struct request_body *body = &request->body;
    if (body->state != REQUEST_BODY_UNREAD || body->dropped || body->framing.kind == BODY_NONE) {
        return false;
    }
    uint64_t max = request->walk.location->client_body_buffer_size;
    return body->framing.kind == BODY_CHUNKED
               ? request->conn->input.n <= max && chunks_are_here(request)
               : body->framing.length <= max && request->conn->input.n >= body->framing.length;
}

void body_pause(struct request *request)
{
    request->body.paused = true;
    deadline_clear(&request->conn->read_by); /* it is not the client who is slow */
    connection_arm(request->conn);
}

void body_resume(struct request *request)
{
    if (request->body.paused) {
        request->body.paused = false;
        deadline_set(&request->conn->read_by, request->walk.location->client_body_timeout_ms);
        connection_resume(request->conn);
    }
}

void body_discard(struct request *request)
{
    struct request_body *body = &request->body;
    if (is_settled(request)) {
        return;
    }
    body->dropped = true;
    request->walk.body_length = 0;
    body->data = NULL;
    body->ready = NULL;
    const struct header *expect = headers_find(&request->head.headers, HEADER_EXPECT);
    if (!request->keep_alive || (expect && !body->continue_sent)) {
        /* Nothing will be read on: whether a body follows is then the client's choice. */
        body->state = REQUEST_BODY_UNREAD;
        request->keep_alive = false;
        return;
    }
    body->state = REQUEST_BODY_DISCARDING;
    body->paused = false;
    deadline_clear(&request->conn->read_by);
    connection_resume(request->conn);
}

bool body_lingers(struct request *request)
{
    struct request_body *body = &request->body;
    if (!request->keep_alive || body->state != REQUEST_BODY_DISCARDING) {
        return false;
    }
    uint64_t now = clock_now().mono_ms;
    if (body->linger_until_ms == 0) {
        body->linger_until_ms = now + request->walk.location->lingering_time_ms;
        deadline_set(&request->conn->read_by, request->walk.location->lingering_timeout_ms);
    }
    if (now >= body->linger_until_ms) {
        give_up(request);
        return false;
    }
    return true;
}

void body_give_up(struct request *request)
{
    give_up(request);
    connection_touch(request->conn);
}
