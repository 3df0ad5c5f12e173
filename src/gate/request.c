/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/request.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "gate/5_route.h"
#include "gate/6_decide.h"
#include "gate/6_try_files.h"
#include "gate/8_respond.h"
#include "gate/9_record.h"
#include "gate/body.h"
#include "gate/connection.h"
#include "gate/variables.h"
#include "http/status.h"

enum {
    REQUEST_ARENA_LIMIT = 1024 * 1024,
    COPIES = 4,         /* of what was sent: as it came, decoded, joined, as it goes on */
    REDIRECTS_MAX = 10, /* as nginx: "rewrite or internal redirection cycle" */
};

static enum next answer(struct request *request)
{
    request->handler = request->location->handler;
    request->step = STEP_WAIT;
    request->handler->start(request);
    return NEXT_STEP; /* the handler may have redirected */
}

static enum next wait(struct request *request)
{
    (void)request;
    return NEXT_WAIT;
}

/* The way of a request. */
static enum next (*const STEPS[])(struct request *request) = {
    [STEP_FIND_SERVER] = route_server,
    [STEP_CHECK_CLIENT] = decide_client,
    [STEP_SERVER_PROGRAM] = decide_server_program,
    [STEP_FIND_LOCATION] = route_location,
    [STEP_LOCATION_PROGRAM] = decide_location_program,
    [STEP_ACCESS] = decide_access,
    [STEP_TRY_FILES] = try_files_step,
    [STEP_ANSWER] = answer,
    [STEP_WAIT] = wait,
};

/* How much a client or a backend may send at once is for the configuration to say. */
static size_t memory_max(const struct request *request)
{
    const struct head_buffers *heads = &request->conn->server->settings.large_headers;
    const struct location_settings *location = request->location;
    return REQUEST_ARENA_LIMIT +
           COPIES * (size_t)(heads->n * heads->size + location->client_body_buffer_size +
                             location->proxy.buffer_size);
}

bool request_hit_limit(struct request *request)
{
    struct arena *arena = &request->arena;
    const struct regex *regex = request->scope.failed;
    if (arena->overflowed) {
        arena_raise_limit(arena, memory_max(request));
    }
    if (!regex && !arena->overflowed) {
        return false;
    }
    if (regex) {
        request_log(request, LEVEL_ERROR, "pcre2_match() failed: limit exceeded using \"%s\"",
                    regex_pattern(regex));
    }
    if (arena->overflowed) {
        request_log(request, LEVEL_ERROR, "the request uses more than %zu bytes of memory",
                    arena->limit);
    }
    request_renew_limits(request);
    return true;
}

void request_renew_limits(struct request *request)
{
    request->scope.failed = NULL;
    arena_raise_limit(&request->arena, request->arena.used + REQUEST_ARENA_LIMIT);
}

bool request_stop_at_limit(struct request *request)
{
    if (request->response.finished || !request_hit_limit(request)) {
        return false;
    }
    request_drop_handler(request);
    request->redirects_left = 0;
    respond_status(request, 500);
    return true;
}

void request_run(struct request *request)
{
    if (request->running) {
        return;
    }
    request->running = true;
    enum next next;
    do {
        next = STEPS[request->step](request);
        (void)request_stop_at_limit(request);
    } while (next == NEXT_STEP);
    request->running = false;
    connection_touch(request->conn);
}

struct request *request_new(struct connection *conn)
{
    struct request *request = must_have(calloc(1, sizeof(*request)));
    request->conn = conn;
    conn->request = request;
    arena_init(&request->arena, REQUEST_ARENA_LIMIT);
    request->server = conn->server;
    request->location = &conn->server->root;
    request->redirects_left = REDIRECTS_MAX + 1;
    request->number = ++conn->requests;
    request->start_ms = clock_now().real_ms;
    request->body.fd = -1;
    request->response.length = -1;
    request->response.last_modified = -1;
    scope_init(&request->scope, &conn->gate->settings->vars, &request->arena, &gate_scope_host,
               request);
    if (conn->transport.verdict.status == VERDICT_GOOD) {
        in_flight_add(&conn->gate->in_flight, conn);
    }
    return request;
}

void request_drop_handler(struct request *request)
{
    const struct handler *handler = request->handler;
    request->handler = NULL;
    if (handler && handler->cleanup) {
        handler->cleanup(request);
    }
    request->handler_state = NULL;
}

static void free_request(struct request *request)
{
    assert(!request->running);
    request_drop_handler(request);
    record_request(request);
    body_deinit(request);
    in_flight_remove(&request->conn->gate->in_flight, request->conn);
    request->conn->request = NULL;
    arena_deinit(&request->arena);
    free(request);
}

/* Whether the client may still be sending, so that closing at once could cost it the answer. */
static bool should_linger(const struct request *request)
{
    unsigned mode = request->location->lingering_close;
    bool body_left = request->body.state != REQUEST_BODY_COMPLETE;
    return mode == LINGERING_ALWAYS ||
           (mode == LINGERING_ON && (body_left || request->malformed || request->conn->input.n));
}

void request_finish(struct request *request)
{
    struct connection *conn = request->conn;
    /* A body nobody read would be taken for the next request. */
    bool body_left = request->body.state != REQUEST_BODY_COMPLETE;
    bool keep_alive = request->keep_alive && !request->closed_without_answer && !body_left;
    bool linger = !keep_alive && !request->closed_without_answer && should_linger(request);
    const struct location_settings *location = request->location;
    free_request(request);
    connection_next(conn, location, keep_alive, linger);
}

void request_abort(struct request *request)
{
    if (request->client_gone && !request->response.started) {
        request->response.status = STATUS_CLIENT_CLOSED;
    }
    free_request(request);
}

static bool may_redirect(struct request *request)
{
    if (--request->redirects_left == 0) {
        request_log(
            request, LEVEL_ERROR,
            "rewrite or internal redirection cycle while internally redirecting to \"%.*s\"",
            STR_ARG(request->path));
        respond_status(request, 500);
        return false;
    }
    request_drop_handler(request);
    if (request->body.state == REQUEST_BODY_BUFFERING ||
        request->body.state == REQUEST_BODY_STREAMING) {
        body_discard(request); /* part of it is with a handler that is gone */
    }
    for (struct upstream_try *t = request->tries; t; t = t->next) {
        t->redirected = t->redirected || !t->next;
    }
    request->internal = true;
    request->rewritten = false;
    return true;
}

void request_redirect(struct request *request, struct str path, struct str args)
{
    request->path = path;
    request->args = args;
    request->path_plain = false;
    request->named = false;
    if (may_redirect(request)) {
        request->location = &request->server->root;
        request->step = STEP_SERVER_PROGRAM;
        request_run(request);
    }
}

void request_redirect_named(struct request *request, struct str name)
{
    if (!may_redirect(request)) {
        return;
    }
    const struct location *location = route_named(request->server, name);
    if (!location || request->path.n == 0) {
        request_log(request, LEVEL_ERROR,
                    location ? "empty URI in redirect to named location \"%.*s\""
                             : "could not find named location \"%.*s\"",
                    STR_ARG(name));
        request->redirects_left = 0; /* an error page could only lead here again */
        respond_status(request, 500);
        return;
    }
    request->named = true;
    request->location = &location->settings;
    route_limit_except(request);
    request->step = STEP_LOCATION_PROGRAM;
    request_run(request);
}

void request_log(struct request *request, enum log_level level, const char *fmt, ...)
{
    const struct log *log = request->location->log;
    if (!log_enabled(log, level)) {
        return;
    }
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    struct connection *conn = request->conn;
    struct str host = request->head.host;
    struct str upstream = request->upstream_url;
    log_write(log, level, conn->id, "%s, client: %.*s, server: %.*s%s%.*s%s%s%.*s%s%s%.*s%s", text,
              STR_ARG(conn->peer_text), STR_ARG(request->server->name),
              request->head.line.n ? ", request: \"" : "", STR_ARG(request->head.line),
              request->head.line.n ? "\"" : "", upstream.n ? ", upstream: \"" : "",
              STR_ARG(upstream), upstream.n ? "\"" : "", host.n ? ", host: \"" : "", STR_ARG(host),
              host.n ? "\"" : "");
}
