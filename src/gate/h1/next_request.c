/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/h1/next_request.h"

#include <assert.h>

#include "gate/h1/session.h"
#include "gate/head.h"
#include "gate/identify.h"

static void keep_refused_line(struct request *request, struct str input)
{
    size_t end = str_find(input, '\n');
    struct str line = str_head(input, end);
    if (line.n && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    request->head.line = arena_dup(&request->arena, str_head(line, 4096));
}

static void begin_body(struct request *request)
{
    struct h1_stream *stream = h1_stream_of(request);
    const struct framing *framing = &stream->framing;
    request->keep_alive = framing->keep_alive;
    stream->left = framing->length;
    head_announce_body(request, framing->kind != BODY_NONE,
                       framing->kind == BODY_CHUNKED ? -1 : (int64_t)framing->length);
}

/* What follows a refused head cannot be told apart from it. */
static void h1_refuse(struct request *request, int status, const char *reason)
{
    struct connection *conn = request->conn;
    conn->input = str_skip(conn->input, conn->input.n);
    head_refuse(request, status, reason);
}

bool h1_find_request(struct connection *conn, struct h1_found *found)
{
    struct h1_session *h1 = h1_session_of(conn);
    struct head_limits limits = head_limits_of(&conn->server->settings);
    found->scan = request_head_scan(&h1->scan, conn->input, &limits);
    found->head = h1->scan;
    if (found->scan == SCAN_MORE) {
        return false;
    }
    h1->scan = (struct head_scan){0};
    return true;
}

void h1_begin_request(struct connection *conn, const struct h1_found *found)
{
    (void)identify_again(conn); /* the verdict speaks for itself */
    struct request *request = request_new(conn);
    struct str input = str_skip(conn->input, found->head.skipped);
    if (found->scan == SCAN_BAD) {
        keep_refused_line(request, input);
        h1_refuse(request, found->head.status, found->head.reason);
        return;
    }
    int status;
    const char *reason;
    assert(found->scan == SCAN_DONE && found->head.head_n <= input.n);
    bool ok = head_take_text(request, str_head(input, found->head.head_n),
                             &h1_stream_of(request)->framing, &status, &reason);
    request->received = found->head.head_n;
    conn->input = str_skip(input, found->head.head_n);
    if (!ok) {
        h1_refuse(request, status, reason);
        return;
    }
    begin_body(request);
    request_run(request);
}
