/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/h1/next_request.h"

#include "gate/h1/session.h"
#include "gate/identify.h"
#include "gate/respond.h"
#include "http/uri.h"
#include "site/client.h"

static struct head_limits limits_of(const struct server_settings *settings)
{
    return (struct head_limits){
        .line_max = settings->large_headers.size,
        .total_max = settings->large_headers.n * settings->large_headers.size,
        .fields_max = settings->max_headers,
    };
}

static bool parse_target(struct request *request)
{
    struct uri uri;
    if (request->head.form == TARGET_ASTERISK) {
        return false; /* OPTIONS of the server itself: nothing here could answer it (nginx: 400) */
    }
    bool merge = request->walk.server->settings.merge_slashes;
    if (!uri_parse(request->head.target, merge, &request->arena, &uri)) {
        return false;
    }
    request->walk.path = uri.path;
    request->walk.args = uri.args;
    request->walk.path_plain = true;
    return true;
}

/* No head to speak of: an error page in the server's style is all there can be. */
static void h1_refuse(struct connection *conn, struct request *request, int status,
                      const char *reason)
{
    request->malformed = true;
    request->keep_alive = false;
    request->body.state = REQUEST_BODY_COMPLETE;
    request->head.minor = request->head.minor ? request->head.minor : 1;
    conn->input = str_skip(conn->input, conn->input.n);
    request->walk.method = request->head.method; /* for error_page: as far as it was read */
    request->walk.method_name = request->head.method_name;
    if (!request->walk.path.n && request->head.target.n) {
        (void)parse_target(request); /* for $uri in the log */
    }
    request_log(request, LEVEL_INFO, "%s", reason);
    /*
     * What error_page does with a broken request may reach what a client without a certificate may
     * not (error_page 400 = @app): who is not let in gets the answer that says so.
     */
    int refusal = client_refusal(&request->walk);
    respond_status(request, refusal ? refusal : status);
    request_run(request);
}

static void keep_refused_line(struct request *request, struct str input)
{
    size_t end = str_find(input, '\n');
    struct str line = str_head(input, end);
    if (line.n && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    request->head.line = arena_dup(&request->arena, str_head(line, 4096));
}

/* An unknown coding is named in the log: 501 is answered for nothing else here. */
static const char *name_coding(struct request *request, const char *reason)
{
    const struct header *coding = headers_find(&request->head.headers, HEADER_TRANSFER_ENCODING);
    return coding ? arena_printf(&request->arena, "%s: \"%.*s\"", reason, STR_ARG(coding->value)).p
                  : reason;
}

static bool h1_parse(struct request *request, struct str head, int *status, const char **reason)
{
    const struct server_settings *settings = &request->walk.server->settings;
    struct head_options options = {settings->ignore_invalid_headers,
                                   settings->underscores_in_headers};
    request->head_text = arena_dup(&request->arena, head);
    if (!request_head_parse(request->head_text, &options, &request->arena, &request->head, status,
                            reason)) {
        return false;
    }
    request->walk.method = request->head.method;
    request->walk.method_name = request->head.method_name;
    request->walk.facts.has_host = request->head.has_host;
    if (!framing_of_request(&request->head, &h1_stream_of(request)->framing, status, reason)) {
        *reason = *status == 501 ? name_coding(request, *reason) : *reason;
        return false;
    }
    *status = 400;
    *reason = "client sent invalid host header";
    if (request->head.has_host && request->head.host.n &&
        !host_normalize(request->head.host, &request->arena, &request->walk.host)) {
        return false;
    }
    *reason = "client sent invalid request";
    return parse_target(request);
}

static void begin_body(struct request *request)
{
    struct request_body *body = &request->body;
    struct h1_stream *stream = h1_stream_of(request);
    const struct framing *framing = &stream->framing;
    request->keep_alive = framing->keep_alive;
    stream->left = framing->length;
    body->present = framing->kind != BODY_NONE;
    body->length = framing->kind == BODY_CHUNKED ? -1 : (int64_t)framing->length;
    request->walk.body_length = framing->kind == BODY_LENGTH ? framing->length : 0;
    if (body->length == 0) {
        body->state = REQUEST_BODY_COMPLETE;
    }
}

bool h1_find_request(struct connection *conn, struct h1_found *found)
{
    struct h1_session *h1 = h1_session_of(conn);
    struct head_limits limits = limits_of(&conn->server->settings);
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
        h1_refuse(conn, request, found->head.status, found->head.reason);
        return;
    }
    int status;
    const char *reason;
    bool ok = h1_parse(request, str_head(input, found->head.head_n), &status, &reason);
    request->received = found->head.head_n;
    conn->input = str_skip(input, found->head.head_n);
    if (!ok) {
        h1_refuse(conn, request, status, reason);
        return;
    }
    begin_body(request);
    request_run(request);
}
