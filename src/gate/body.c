/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/body.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/temporary.h"
#include "gate/connection.h"
#include "gate/request.h"
#include "gate/respond.h"
#include "gate/stream.h"

bool body_is_wanted(const struct request *request)
{
    switch (request->body.state) {
    case REQUEST_BODY_BUFFERING:
    case REQUEST_BODY_STREAMING:
    case REQUEST_BODY_DISCARDING: return true;
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
    int fd = temporary_open(request->walk.location->body.temp_path, &err);
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
    return buf_size(&body->memory) <= request->walk.location->body.buffer_size || spill(request);
}

int64_t body_read_at(struct request *request, uint64_t offset, char *out, size_t cap)
{
    struct request_body *body = &request->body;
    assert(body->state == REQUEST_BODY_COMPLETE && offset <= body->received);
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

/* The rest of the body will not come, or cannot be trusted: handlers see a request without one. */
void body_abandon(struct request *request)
{
    request->body.state = REQUEST_BODY_UNREAD;
    request->body.dropped = true;
    request->keep_alive = false;
    body_deinit(request);
}

void body_fail(struct request *request, int status)
{
    body_abandon(request);
    request_drop_handler(request); /* a backend's answer must not follow this one */
    respond_status(request, status);
    request_run(request);
}

void body_complete(struct request *request)
{
    struct request_body *body = &request->body;
    assert(body_is_wanted(request)); /* it ends once, and only if somebody waits for it */
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

void body_take(struct request *request, struct str bytes)
{
    struct request_body *body = &request->body;
    uint64_t max = request->walk.location->body.max_size;
    assert(body_is_wanted(request) && bytes.n > 0);
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

/* --- for handlers --- */

static void body_begin(struct request *request, int state)
{
    request->body.state = state;
    stream_want_body(request);
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

bool body_is_here(struct request *request)
{
    const struct request_body *body = &request->body;
    if (body->state != REQUEST_BODY_UNREAD || body->dropped || !body->present) {
        return false;
    }
    return stream_is_here(request, request->walk.location->body.buffer_size);
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
    body->state = stream_drop_body(request) ? REQUEST_BODY_DISCARDING : REQUEST_BODY_UNREAD;
}

void body_give_up(struct request *request)
{
    body_abandon(request);
    connection_touch(request->conn);
}
