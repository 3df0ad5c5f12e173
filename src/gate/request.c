/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/request.h"

#include <assert.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "gate/body.h"
#include "gate/connection.h"
#include "gate/content_type.h"
#include "gate/hooks.h"
#include "gate/identify.h"
#include "gate/respond.h"
#include "http/status.h"

enum {
    REQUEST_ARENA_LIMIT = 1024 * 1024,
    COPIES = 4, /* of what was sent: as it came, decoded, joined, as it goes on */
};

/* How much a client or a backend may send at once is for the configuration to say. */
static size_t memory_max(const struct request *request)
{
    const struct head_buffers *heads = &request->conn->server->settings.large_headers;
    const struct location_settings *location = request->walk.location;
    return REQUEST_ARENA_LIMIT +
           COPIES * (size_t)(heads->n * heads->size + location->body.buffer_size +
                             location->answer_memory);
}

/* The usual case, asked after each step and for each value of the log. */
static bool is_within_limits(const struct request *request)
{
    return !request->walk.scope.failed && !request->arena.overflowed;
}

bool request_hit_limit(struct request *request)
{
    if (is_within_limits(request)) {
        return false;
    }
    struct arena *arena = &request->arena;
    bool match_failed = walk_match_failed(&request->walk);
    if (arena->overflowed) {
        arena_raise_limit(arena, memory_max(request));
    }
    if (!match_failed && !arena->overflowed) {
        return false;
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
    request->walk.scope.failed = NULL;
    arena_raise_limit(&request->arena, request->arena.used + REQUEST_ARENA_LIMIT);
}

bool request_stop_at_limit(struct request *request)
{
    if (is_within_limits(request) || request->response.finished || !request_hit_limit(request)) {
        return false;
    }
    request_drop_handler(request);
    request->walk.redirects_left = 0; /* no error page: the same values could decide about it */
    respond_status(request, 500);
    return true;
}

static void start_handler(struct request *request)
{
    assert(!request->handler_state && !request->response.started);
    request->handler = request->walk.location->handler;
    request->handler->start(request); /* which may redirect */
}

/* What the walk decided begins. */
static void perform(struct request *request, const struct decision *decision)
{
    request->keep_alive = request->keep_alive && !decision->ends_connection;
    if (decision->drops_body) {
        body_discard(request);
    }
    switch (decision->kind) {
    case DECISION_HANDLER: start_handler(request); break;
    case DECISION_TEXT:
        respond_text(request, decision->status, content_type_of(request), decision->text);
        break;
    case DECISION_REDIRECT: respond_redirect(request, decision->status, decision->text); break;
    default: respond_status(request, decision->status); break;
    }
}

void request_run(struct request *request)
{
    if (request->running) {
        return;
    }
    request->running = true;
    while (request->walk.step != WALK_OVER) {
        struct decision decision;
        bool decided = walk_on(&request->walk, &decision);
        if (!request_stop_at_limit(request) && decided) {
            perform(request, &decision);
            (void)request_stop_at_limit(request);
        }
    }
    request->running = false;
    connection_touch(request->conn);
}

struct request *request_new(struct connection *conn)
{
    struct request *request = spare_take(&conn->gate->requests, sizeof(*request));
    *request = (struct request){.conn = conn};
    request->next = conn->streams;
    conn->streams = request;
    arena_init_spare(&request->arena, REQUEST_ARENA_LIMIT, &conn->gate->arena_blocks);
    conn->protocol->attach(request);
    request->number = ++conn->requests;
    request->start_ms = clock_now().real_ms;
    request->body.fd = -1;
    request->response.length = -1;
    request->response.last_modified = -1;
    assert(request->stream && conn->phase != CONNECTION_CLOSED);
    const struct walk_facts facts = {
        .listener = conn->listener,
        .entered = conn->server,
        .secure = conn->transport.ssl != NULL,
        .plain_on_tls = conn->plain_on_tls,
        .verdict = &conn->transport.verdict,
        .identity = identify_client(conn),
        .peer = &conn->peer,
        .demands = conn->gate->demands,
    };
    walk_init(&request->walk, &facts, conn->gate->settings, &request->arena,
              conn->gate->settings->host, request);
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

static void unlink_request(struct request *request)
{
    struct connection *conn = request->conn;
    struct request **at = &conn->streams;
    while (*at != request) {
        assert(*at); /* it is one of them */
        at = &(*at)->next;
    }
    *at = request->next;
    if (!conn->streams) {
        in_flight_remove(&conn->gate->in_flight, conn);
    }
}

void request_free(struct request *request)
{
    assert(!request->running);
    request_drop_handler(request);
    hooks_ended(request);
    body_deinit(request);
    unlink_request(request);
    arena_deinit(&request->arena);
    spare_give(&request->conn->gate->requests, request);
}

void request_abort(struct request *request)
{
    if (request->client_gone && !request->response.started) {
        request->response.status = STATUS_CLIENT_CLOSED;
    }
    request_free(request);
}

void request_drained(struct request *request)
{
    if (request->handler && request->handler->drained) {
        request->handler->drained(request);
    }
}

bool request_client_left(struct request *request)
{
    const struct handler *handler = request->handler;
    return handler && handler->client_left && !request->response.finished &&
           handler->client_left(request);
}

bool request_goes_on(struct request *request)
{
    const struct handler *handler = request->handler;
    return handler && handler->client_left && !request->response.finished &&
           !body_is_wanted(request) && !handler->client_left(request);
}

void request_unanswered(struct request *request, int status)
{
    if (!request->response.started) {
        request->response.status = status;
    }
}

void request_go_on(struct request *request)
{
    request_drop_handler(request);
    if (request->body.state == REQUEST_BODY_BUFFERING ||
        request->body.state == REQUEST_BODY_STREAMING) {
        body_discard(request); /* part of it is with a handler that is gone */
    }
    for (struct upstream_try *t = request->tries; t; t = t->next) {
        t->redirected = t->redirected || !t->next;
    }
    request_run(request);
}

void request_redirect(struct request *request, struct str path, struct str args)
{
    struct decision decision;
    if (walk_redirect(&request->walk, path, args, &decision)) {
        respond_status(request, decision.status);
    } else {
        request_go_on(request);
    }
}

void request_redirect_named(struct request *request, struct str name)
{
    struct decision decision;
    if (walk_redirect_named(&request->walk, name, &decision)) {
        respond_status(request, decision.status);
    } else {
        request_go_on(request);
    }
}

struct str request_id(struct request *request)
{
    unsigned char raw[16];
    if (!request->id[0]) {
        if (RAND_bytes(raw, sizeof(raw)) != 1) {
            return STR("");
        }
        *hex_put(request->id, (struct str){(const char *)raw, sizeof(raw)}, false) = '\0';
    }
    assert(strlen(request->id) == 2 * sizeof(raw));
    return str_of(request->id);
}

void request_vlog(struct request *request, enum log_level level, const char *fmt, va_list args)
{
    const struct log *log = request->walk.location->log;
    if (!log_enabled(log, level)) {
        return;
    }
    char text[2048];
    vsnprintf(text, sizeof(text), fmt, args);
    struct connection *conn = request->conn;
    struct str host = request->head.host;
    struct str upstream = request->upstream_url;
    log_write(log, level, conn->id, "%s, client: %.*s, server: %.*s%s%.*s%s%s%.*s%s%s%.*s%s", text,
              STR_ARG(conn->peer_text), STR_ARG(request->walk.server->name),
              request->head.line.n ? ", request: \"" : "", STR_ARG(request->head.line),
              request->head.line.n ? "\"" : "", upstream.n ? ", upstream: \"" : "",
              STR_ARG(upstream), upstream.n ? "\"" : "", host.n ? ", host: \"" : "", STR_ARG(host),
              host.n ? "\"" : "");
}

void request_log(struct request *request, enum log_level level, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    request_vlog(request, level, fmt, args);
    va_end(args);
}
