/* SPDX-License-Identifier: Apache-2.0 */
/* A request's way to a backend and back: attempts, their failures, bodies both ways, tunnels. */
#include "modules/proxy/forward.h"

#include <assert.h>
#include <stdio.h>

#include "base/clock.h"
#include "gate/body.h"
#include "gate/respond.h"
#include "gate/stream.h"
#include "http/chunked.h"
#include "http/uri.h"
#include "modules/proxy/forward_dial.h"
#include "modules/proxy/forward_request.h"
#include "modules/proxy/forward_response.h"
#include "modules/proxy/forward_state.h"
#include "modules/proxy/forward_target.h"
#include "modules/proxy/forward_tunnel.h"

static void start_attempt(struct forward *forward);

static struct forward *forward_of(struct request *request)
{
    bool is_ours =
        request->handler == &forward_handler || request->handler == &forward_grpc_handler;
    return is_ours ? request->handler_state : NULL;
}

/* --- the log --- */

static const char *scheme_of(const struct forward *forward)
{
    static const char *const schemes[2][2] = {{"http://", "https://"}, {"grpc://", "grpcs://"}};
    return schemes[forward->settings->is_grpc][forward->url.tls];
}

/* As nginx: behind the request, which backend it was about. */
static void log_upstream(struct forward *forward, enum log_level level, const char *text)
{
    struct request *request = forward->request;
    if (!log_enabled(request->walk.location->log, level)) {
        return;
    }
    struct str name = forward->attempt ? forward->attempt->address : forward->url.authority;
    request->upstream_url =
        arena_printf(&request->arena, "%s%.*s%s%.*s", scheme_of(forward), STR_ARG(name),
                     str_starts(name, STR("unix:")) ? ":" : "", STR_ARG(forward->sent.path));
    request_log(request, level, "%s", text);
    request->upstream_url = STR("");
}

/* --- the end of an attempt --- */

static void take_stats(struct forward *forward, bool ends)
{
    if (forward->exchange && forward->attempt) {
        forward->attempt->stats = exchange_stats(forward->exchange, ends);
    }
}

static void end_attempt(struct forward *forward, bool failed)
{
    take_stats(forward, true);
    exchange_free(forward->exchange);
    forward->exchange = NULL;
    if (forward->pick.peer &&
        balance_release(forward->balance, &forward->pick, failed, clock_now().mono_ms)) {
        log_upstream(forward, LEVEL_WARN, "upstream server temporarily disabled");
    }
}

static void answer_error(struct forward *forward, int status)
{
    assert(forward->attempt && !forward->exchange);
    forward->attempt->status = status;
    respond_status(forward->request, status);
}

/* --- another backend --- */

static bool is_idempotent(enum method method)
{
    return !(method & (METHOD_POST | METHOD_LOCK | METHOD_PATCH));
}

/* Whether `condition` is one after which another backend may be asked for this very request. */
static bool may_try_next(const struct forward *forward, unsigned condition)
{
    const struct proxy_settings *settings = forward->settings;
    if (forward->request_sent && !is_idempotent(forward->request->walk.method)) {
        condition |= NEXT_UPSTREAM_NON_IDEMPOTENT;
    }
    if ((settings->retry.conditions & condition) != condition ||
        (forward->request_sent && forward->body == FORWARD_BODY_STREAM)) {
        return false;
    }
    return !settings->retry.timeout_ms ||
           clock_now().mono_ms - forward->start_ms < settings->retry.timeout_ms;
}

struct status_condition {
    int status;
    unsigned condition;
};

static const struct status_condition status_conditions[] = {
    {500, NEXT_UPSTREAM_500}, {502, NEXT_UPSTREAM_502}, {503, NEXT_UPSTREAM_503},
    {504, NEXT_UPSTREAM_504}, {403, NEXT_UPSTREAM_403}, {404, NEXT_UPSTREAM_404},
    {429, NEXT_UPSTREAM_429},
};

static unsigned condition_of(int status)
{
    for (size_t i = 0; i < COUNT_OF(status_conditions); i++) {
        if (status_conditions[i].status == status) {
            return status_conditions[i].condition;
        }
    }
    return 0;
}

/* The answer is one that another backend may better. The last one's is passed on as it is. */
static bool try_next_by_status(struct forward *forward, int status)
{
    unsigned condition = condition_of(status);
    if (!condition || forward->pick.tries_left <= 1 || !may_try_next(forward, condition)) {
        return false;
    }
    bool failed = !(condition & (NEXT_UPSTREAM_403 | NEXT_UPSTREAM_404));
    end_attempt(forward, failed);
    start_attempt(forward);
    return true;
}

static unsigned failure_condition(enum exchange_failure failure)
{
    switch (failure) {
    case EXCHANGE_TIMEOUT: return NEXT_UPSTREAM_TIMEOUT;
    case EXCHANGE_INVALID_HEADER: return NEXT_UPSTREAM_INVALID_HEADER;
    default: return NEXT_UPSTREAM_ERROR;
    }
}

/* --- the request's body --- */

static void end_request(struct forward *forward)
{
    forward->body_ended = true;
    exchange_end_request(forward->exchange);
}

/* The next part of a buffered body; all of it when it is in memory. False: it cannot be read. */
static bool forward_next_part(struct forward *forward, struct str *part)
{
    struct request *request = forward->request;
    if (request->body.fd < 0) {
        *part = str_skip(buf_view(&request->body.memory), (size_t)forward->body_at);
        return part->n > 0;
    }
    char *scratch = request->conn->gate->scratch;
    int64_t n = body_read_at(request, forward->body_at, scratch, GATE_SCRATCH);
    *part = (struct str){scratch, n > 0 ? (size_t)n : 0};
    return n > 0;
}

/* As much as the backend takes for now; drained() goes on. */
static void send_buffered(struct forward *forward)
{
    struct request *request = forward->request;
    assert(forward->exchange && !forward->body_ended);
    while (forward->body_at < request->body.received) {
        struct str part;
        if (exchange_unsent(forward->exchange)) {
            return;
        }
        if (!forward_next_part(forward, &part)) {
            log_upstream(forward, LEVEL_CRIT, "the request body cannot be read again");
            end_attempt(forward, false);
            answer_error(forward, 500);
            return;
        }
        exchange_write(forward->exchange, part);
        forward->body_at += part.n;
    }
    end_request(forward);
}

static void forward_send_body(struct forward *forward)
{
    switch (forward->body) {
    case FORWARD_BODY_TEXT:
        exchange_write(forward->exchange, forward->body_text);
        end_request(forward);
        break;
    case FORWARD_BODY_NONE: end_request(forward); break;
    case FORWARD_BODY_BUFFERED: send_buffered(forward); break;
    case FORWARD_BODY_STREAM: break; /* once connected */
    }
}

/* Part of a body that is streamed. After the exchange has ended, the rest is dropped. */
static void on_body_data(struct request *request, struct str bytes)
{
    struct forward *forward = forward_of(request);
    if (!forward || !forward->exchange || forward->body_ended) {
        return;
    }
    if (forward->body_chunked) {
        char head[CHUNK_HEAD_MAX];
        size_t n = chunk_head(bytes.n, head);
        exchange_write(forward->exchange, (struct str){head, n});
    }
    exchange_write(forward->exchange, bytes);
    if (forward->body_chunked) {
        exchange_write(forward->exchange, STR("\r\n"));
    }
    if (exchange_unsent(forward->exchange) > FORWARD_UNSENT_MAX) {
        forward->body_waits = true;
        stream_pause(request);
    }
}

static void on_body_ready(struct request *request)
{
    struct forward *forward = forward_of(request);
    if (!forward || !forward->exchange) {
        return;
    }
    if (forward->body_chunked) {
        exchange_write(forward->exchange, STR("0\r\n\r\n"));
    }
    end_request(forward);
}

/* --- what the exchange says; nothing may be touched after calls that may end the request --- */

static void forward_on_connected(void *arg, bool reused)
{
    struct forward *forward = arg;
    forward->reused = reused;
    forward->request_sent = true;
    if (forward->body == FORWARD_BODY_STREAM && !forward->body_streaming) {
        forward->body_streaming = true;
        body_stream(forward->request, on_body_data, on_body_ready);
    }
}

static void forward_on_drained(void *arg)
{
    struct forward *forward = arg;
    if (forward->body == FORWARD_BODY_BUFFERED && !forward->body_ended) {
        send_buffered(forward);
        return;
    }
    if (!forward->body_waits) {
        return;
    }
    forward->body_waits = false;
    stream_resume(forward->request);
}

/* proxy_intercept_errors: only what error_page has an answer for. */
static bool is_intercepted(const struct forward *forward, int status)
{
    const struct error_pages *pages = &forward->request->walk.location->error_pages;
    if (!forward->settings->response.intercept_errors || status < 300) {
        return false;
    }
    for (size_t i = 0; i < pages->n; i++) {
        if (pages->items[i].status == status) {
            return true;
        }
    }
    return false;
}

static void intercept(struct forward *forward, const struct response_head *head)
{
    struct request *request = forward->request;
    request->response.upstream = head;
    for (size_t i = 0; head->status == 401 && i < head->headers.n; i++) {
        const struct header *header = &head->headers.items[i];
        if (header->id == HEADER_WWW_AUTHENTICATE) {
            headers_add(&request->response.headers, &request->arena, header->name, header->value);
        }
    }
    end_attempt(forward, false);
    respond_status(request, head->status);
}

/* Applications name files as they are: "/files/My Photo.jpg". */
static struct str without_blanks(struct str target, struct arena *arena)
{
    size_t blanks = 0;
    for (size_t i = 0; i < target.n; i++) {
        blanks += target.p[i] == ' ';
    }
    char *start = arena_bytes(arena, target.n + 2 * blanks), *p = start;
    for (size_t i = 0; i < target.n; i++) {
        if (target.p[i] == ' ') {
            p = str_put(p, STR("%20"));
        } else {
            *p++ = target.p[i];
        }
    }
    return str_range(start, p);
}

/* X-Accel-Redirect (nginx): the backend decided, another location answers. */
static void redirect_internally(struct forward *forward, struct str target)
{
    struct request *request = forward->request;
    if (str_starts(target, STR("@"))) {
        request_redirect_named(request, target);
        return;
    }
    struct uri uri;
    struct str path = str_head(target, str_find(target, '?'));
    if (uri_climbs_encoded(path, &request->arena) ||
        !uri_parse(without_blanks(target, &request->arena), false, &request->arena, &uri)) {
        log_upstream(forward, LEVEL_ERROR, "upstream sent an unsafe X-Accel-Redirect");
        respond_status(request, 404);
        return;
    }
    if (request->walk.method != METHOD_HEAD) {
        request->walk.method = METHOD_GET;
        request->walk.method_name = STR("GET");
    }
    request_redirect(request, uri.path, uri.args);
}

/* Bytes go on to the client as they come; buffers are for those that a slow one does not take. */
static size_t unsent_max(const struct forward *forward, const struct response_head *head)
{
    const struct proxy_settings *settings = forward->settings;
    uint64_t buffers = settings->response.buffers_n * settings->response.buffers_size;
    return (size_t)(settings->response.buffer_size +
                    (forward_is_buffered(forward, head) ? buffers : 0));
}

/* As nginx: all of them together are at most as large as a response's header may be. */
static void forward_on_informational(void *arg, const struct response_head *head)
{
    struct forward *forward = arg;
    struct request *request = forward->request;
    if (head->status != 103 || request->walk.location->early_hints.n == 0) {
        return;
    }
    struct headers hints = forward_hints(forward, head);
    forward->hints_size += headers_size(&hints);
    if (forward->hints_size > forward->settings->response.buffer_size) {
        log_upstream(forward, LEVEL_INFO, "upstream sent too big early hints");
        return;
    }
    respond_early_hints(request, &hints);
}

static void forward_on_head(void *arg, const struct response_head *head,
                            const struct framing *framing)
{
    struct forward *forward = arg;
    struct request *request = forward->request;
    assert(forward->exchange && !forward->head_passed);
    forward->attempt->status = head->status;
    take_stats(forward, false);
    if (try_next_by_status(forward, head->status)) {
        return;
    }
    if (is_intercepted(forward, head->status)) {
        intercept(forward, head);
        return;
    }
    struct str redirect = forward_accel_redirect(forward, head);
    if (redirect.n) {
        end_attempt(forward, false);
        forward_carry(forward, head);
        redirect_internally(forward, redirect);
        return;
    }
    if (head->status == 101 && !stream_accepts(request, &head->headers)) {
        log_upstream(forward, LEVEL_ERROR, "upstream sent an invalid answer to an upgrade");
        end_attempt(forward, false);
        answer_error(forward, 502);
        return;
    }
    forward_translate(forward, head, framing);
    forward->unsent_max = unsent_max(forward, head);
    forward->head_passed = true;
    respond_start(request);
    if (request->response.failed) {
        end_attempt(forward, false);
        respond_finish(request);
        body_discard(request);
        return;
    }
    if (request->response.upgrade) {
        forward_tunnel_start(forward);
    }
}

static void forward_on_data(void *arg, struct str bytes)
{
    struct forward *forward = arg;
    assert(forward->head_passed);
    respond_data(forward->request, bytes);
    if (respond_unsent(forward->request) >= forward->unsent_max) {
        exchange_pause(forward->exchange); /* the backend waits too */
    }
}

static void forward_on_done(void *arg, const struct headers *trailers)
{
    struct forward *forward = arg;
    struct request *request = forward->request;
    if (forward->settings->response.pass_trailers) {
        request->response.trailers = *trailers;
    }
    end_attempt(forward, false);
    respond_finish(request);
    body_discard(request);
}

/* On a kept connection the backend said that it has not looked at the request (RFC 9113, 8.7):
 * once more, whatever the method. */
static bool is_refused(const struct forward *forward, enum exchange_failure failure)
{
    return forward->reused && failure == EXCHANGE_REFUSED && !forward->was_refused &&
           forward->body != FORWARD_BODY_STREAM;
}

/* A kept connection that the backend had closed already: the request goes to it once more. */
static bool is_stale(const struct forward *forward, enum exchange_failure failure)
{
    bool may_repeat = is_idempotent(forward->request->walk.method) ||
                      forward->settings->retry.conditions & NEXT_UPSTREAM_NON_IDEMPOTENT;
    return forward->reused && failure == EXCHANGE_CLOSED && may_repeat &&
           exchange_stats(forward->exchange, false).bytes_received == 0 &&
           forward->body != FORWARD_BODY_STREAM;
}

static void start_exchange(struct forward *forward);

static void forward_on_failed(void *arg, enum exchange_failure failure, const char *text)
{
    struct forward *forward = arg;
    if (forward->head_passed) {
        log_upstream(forward, LEVEL_ERROR, text);
        end_attempt(forward, false);
        respond_break(forward->request);
        return;
    }
    bool refused = is_refused(forward, failure);
    if (refused || is_stale(forward, failure)) {
        forward->was_refused = forward->was_refused || refused;
        exchange_free(forward->exchange);
        start_exchange(forward);
        return;
    }
    if (exchange_stats(forward->exchange, false).bytes_sent) {
        forward->request_sent = true; /* connected() may not have been told yet */
    }
    log_upstream(forward, LEVEL_ERROR, text);
    end_attempt(forward, true);
    if (forward->pick.tries_left && may_try_next(forward, failure_condition(failure))) {
        forward->attempt->status = failure == EXCHANGE_TIMEOUT ? 504 : 502;
        start_attempt(forward);
        return;
    }
    answer_error(forward, failure == EXCHANGE_TIMEOUT ? 504 : 502);
}

static const struct exchange_handler exchange_handler = {
    .connected = forward_on_connected,
    .drained = forward_on_drained,
    .informational = forward_on_informational,
    .head = forward_on_head,
    .data = forward_on_data,
    .done = forward_on_done,
    .failed = forward_on_failed,
};

/* --- an attempt --- */

static void add_attempt(struct forward *forward, struct str address)
{
    struct request *request = forward->request;
    struct upstream_try **last = &request->tries;
    while (*last) {
        last = &(*last)->next;
    }
    forward->attempt = arena_zalloc(&request->arena, sizeof(*forward->attempt));
    forward->attempt->address = address;
    forward->attempt->stats = (struct exchange_stats){-1, -1, -1, 0, 0, 0};
    *last = forward->attempt;
}

static void start_exchange(struct forward *forward)
{
    struct request *request = forward->request;
    struct gate *gate = request->conn->gate;
    struct exchange_target target;
    forward->exchange = NULL;
    forward->body_at = 0;
    forward->body_waits = false;
    forward->body_ended = false;
    forward->request_sent = false;
    forward->reused = false;
    if (!forward_dial(forward, &target)) {
        end_attempt(forward, false);
        answer_error(forward, 500);
        return;
    }
    if (request_stop_at_limit(request)) {
        return;
    }
    bool may_repeat = is_idempotent(request->walk.method) ||
                      forward->settings->retry.conditions & NEXT_UPSTREAM_NON_IDEMPOTENT;
    forward->exchange = exchange_start(gate->idle, gate->loop, &request->arena, &target,
                                       &forward->sent, may_repeat, &exchange_handler, forward);
    forward_send_body(forward);
}

static void start_attempt(struct forward *forward)
{
    assert(forward->group && forward->balance && !forward->exchange && !forward->head_passed);
    bool is_first = !forward->pick.started;
    uint64_t tries = forward->settings->retry.tries;
    if (!balance_pick(forward->balance, &forward->pick, clock_now().mono_ms)) {
        add_attempt(forward, forward->group->name);
        log_upstream(forward, LEVEL_ERROR, "no live upstreams while connecting to upstream");
        answer_error(forward, 502);
        return;
    }
    if (is_first && tries && forward->pick.tries_left > tries) {
        forward->pick.tries_left = (size_t)tries;
    }
    add_attempt(forward, forward->pick.peer->name);
    start_exchange(forward);
}

/* --- the handler --- */

static void on_target(struct forward *forward)
{
    if (forward_build(forward) && !request_stop_at_limit(forward->request)) {
        start_attempt(forward);
    }
}

static void forward_begin(struct request *request)
{
    forward_target(forward_of(request), on_target);
}

static void forward_start(struct request *request)
{
    struct forward *forward = arena_zalloc(&request->arena, sizeof(*forward));
    forward->request = request;
    forward->settings = request->handler == &forward_grpc_handler
                            ? grpc_settings_of(request->walk.location)
                            : proxy_settings_of(request->walk.location);
    assert(forward->settings->pass.set && !request->handler_state);
    forward->start_ms = clock_now().mono_ms;
    request->handler_state = forward;
    bool is_read = request->body.state != REQUEST_BODY_UNREAD || request->body.dropped;
    forward->streams = !is_read && forward_streams(forward);
    if (is_read || forward->streams) {
        forward_begin(request);
    } else {
        body_buffer(request, forward_begin);
    }
}

static void forward_drained(struct request *request)
{
    struct forward *forward = forward_of(request);
    if (forward && forward->exchange) {
        exchange_resume(forward->exchange);
    }
}

static bool forward_client_left(struct request *request)
{
    struct forward *forward = forward_of(request);
    if (!forward) {
        return true;
    }
    const char *phase = !forward->request_sent  ? "connecting to upstream"
                        : !forward->head_passed ? "waiting for upstream to answer"
                        : forward->tunnel       ? "proxying upgraded connection"
                                                : "reading upstream";
    /* Nobody would end a tunnel, not even one that the backend has still to agree to. */
    bool goes_on = forward->settings->ignore_client_abort && !forward->upgrade;
    char text[256];
    snprintf(text, sizeof(text), "client prematurely closed connection%s while %s",
             goes_on ? "" : ", so upstream connection is closed too", phase);
    log_upstream(forward, LEVEL_INFO, text);
    return !goes_on;
}

static void forward_cleanup(struct request *request)
{
    struct forward *forward = request->handler_state;
    if (!forward) {
        return;
    }
    if (forward->query) {
        resolver_cancel(forward->query);
    }
    end_attempt(forward, false);
    pick_deinit(&forward->pick);
    balance_free(forward->own_balance);
    tls_keypair_free(forward->own_keypair);
}

#define FORWARD_HANDLER(directive)                                                                 \
    {                                                                                              \
        .name = (directive), .start = forward_start, .drained = forward_drained,                   \
        .client_left = forward_client_left, .cleanup = forward_cleanup,                            \
    }

const struct handler forward_handler = FORWARD_HANDLER("proxy_pass");
const struct handler forward_grpc_handler = FORWARD_HANDLER("grpc_pass");
