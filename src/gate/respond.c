/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/respond.h"

#include <assert.h>
#include <unistd.h>

#include "base/clock.h"
#include "gate/body.h"
#include "gate/connection.h"
#include "gate/error_page.h"
#include "gate/hooks.h"
#include "gate/respond_head.h"
#include "gate/stream.h"
#include "http/status.h"
#include "http/uri.h"

/* --- whole answers --- */

/* After these the rest of the connection's input cannot be trusted, or is not worth reading. */
static bool ends_keep_alive(int status)
{
    switch (status) {
    case 400:
    case 413:
    case 414:
    case 500:
    case 501:
    case STATUS_HEADER_TOO_LARGE:
    case STATUS_CERT_ERROR:
    case STATUS_NO_CERT:
    case STATUS_TO_HTTPS: return true;
    default: return false;
    }
}

/* What an error says of the resource: a challenge, a size (RFC 9110, 11.6.1 and 15.5.17). */
static bool belongs_to_error(enum header_id id)
{
    return id == HEADER_WWW_AUTHENTICATE || id == HEADER_CONTENT_RANGE;
}

/* Forgets the planned answer; fields that belong to the error stay with its page. */
static void reset_response(struct request *request)
{
    assert(!request->response.started);
    const struct headers *old = &request->response.headers;
    for (size_t i = 0; i < old->n; i++) {
        if (belongs_to_error(old->items[i].id)) {
            headers_add(&request->carried.headers, &request->arena, old->items[i].name,
                        old->items[i].value);
        }
    }
    request->response = (struct response){
        .length = -1, .last_modified = -1, .upstream = request->response.upstream};
}

struct str respond_one_line(struct request *request, struct str url)
{
    return header_value_valid(url) ? url : uri_escape(ESCAPE_URI, url, &request->arena);
}

/* Where a redirect leads, though a page of error_page is shown for it; the last one counts. */
static void carry_location(struct request *request, struct str location)
{
    headers_remove(&request->carried.headers, HEADER_LOCATION);
    headers_add_id(&request->carried.headers, &request->arena, HEADER_LOCATION,
                   respond_one_line(request, location));
}

static void close_without_answer(struct request *request, int status)
{
    request->response.status = status;
    request->response.finished = true;
    request->closed_without_answer = true;
    request->keep_alive = false;
    stream_reset(request); /* HTTP/2: the connection stays, so the stream has to end */
}

static void send_page(struct request *request, int status, struct str location)
{
    struct str page = error_page_builtin(status, request, &request->arena);
    request->response.status = status_shown(status);
    request->response.length = (int64_t)page.n;
    if (page.n) {
        request->response.content_type = STR("text/html");
    }
    headers_remove(&request->carried.headers, HEADER_ACCEPT_RANGES);
    if (location.n) {
        headers_add_id(&request->response.headers, &request->arena, HEADER_LOCATION,
                       respond_one_line(request, location));
    }
    respond_start(request);
    respond_data(request, page);
    respond_finish(request);
}

static void respond_special(struct request *request, int status, struct str location)
{
    struct decision decision;
    reset_response(request);
    request->carried.content_type = STR(""); /* of an answer that is not sent now */
    if (!walk_error(&request->walk, status, location, &decision)) {
        if (location.n) {
            carry_location(request, location);
        }
        request->keep_alive = request->keep_alive && !ends_keep_alive(status);
        request_go_on(request);
        return;
    }
    if (decision.kind == DECISION_CLOSE) {
        close_without_answer(request, status);
        return;
    }
    request->keep_alive =
        request->keep_alive && !ends_keep_alive(status) && !ends_keep_alive(decision.status);
    body_discard(request);
    send_page(request, decision.status, decision.text);
}

void respond_status(struct request *request, int status)
{
    if (request->response.started) {
        respond_break(request);
    } else {
        respond_special(request, status, STR(""));
    }
}

void respond_text(struct request *request, int status, struct str content_type, struct str text)
{
    reset_response(request);
    body_discard(request);
    request->response.status = status;
    request->response.length = (int64_t)text.n;
    request->response.content_type = content_type;
    respond_start(request);
    respond_data(request, text);
    respond_finish(request);
}

/* --- redirects --- */

static struct str own_host(struct request *request)
{
    if (!request->walk.location->redirects.with_name && request->walk.host.n) {
        return request->walk.host;
    }
    if (request->walk.location->redirects.with_name && request->walk.server->name.n) {
        return request->walk.server->name;
    }
    char text[ADDRESS_TEXT_MAX];
    const struct address *local = connection_local(request->conn);
    struct str host = address_host(local, text);
    return local->u.sa.sa_family == AF_INET6
               ? arena_printf(&request->arena, "[%.*s]", STR_ARG(host))
               : arena_dup(&request->arena, host);
}

struct str respond_absolute_url(struct request *request, struct str path)
{
    bool tls = request->conn->transport.ssl != NULL;
    unsigned port = address_port(connection_local(request->conn));
    struct str host = own_host(request);
    const char *scheme = tls ? "https" : "http";
    bool usual = port == (tls ? 443u : 80u) || port == 0;
    if (usual || !request->walk.location->redirects.with_port) {
        return arena_printf(&request->arena, "%s://%.*s%.*s", scheme, STR_ARG(host), STR_ARG(path));
    }
    return arena_printf(&request->arena, "%s://%.*s:%u%.*s", scheme, STR_ARG(host), port,
                        STR_ARG(path));
}

void respond_redirect(struct request *request, int status, struct str url)
{
    if (str_starts(url, STR("/")) && request->walk.location->redirects.absolute) {
        url = respond_absolute_url(request, url);
    }
    respond_special(request, status, url);
}

/* --- early hints --- */

/* As in nginx: one of the texts is not empty and not "0". */
static bool passes_early_hints(struct request *request)
{
    const struct texts *texts = &request->walk.location->early_hints;
    for (size_t i = 0; i < texts->n; i++) {
        struct str text = template_eval(&texts->items[i], &request->walk.scope).s;
        if (text.n && !str_eq(text, STR("0"))) {
            return true;
        }
    }
    return false;
}

void respond_early_hints(struct request *request, const struct headers *fields)
{
    assert(!request->response.started);
    bool passes = passes_early_hints(request);
    if (request_stop_at_limit(request) || !passes) {
        return;
    }
    struct headers sent = {0};
    for (size_t i = 0; i < fields->n; i++) {
        if (header_value_valid(fields->items[i].value)) {
            headers_add(&sent, &request->arena, fields->items[i].name, fields->items[i].value);
        }
    }
    stream_informational(request, 103, &sent);
}

/* --- parts of an answer --- */

/* What the location allows may be less than what the client asked for. */
static bool may_keep_alive(const struct request *request)
{
    const struct location_settings *location = request->walk.location;
    return location->keepalive.timeout_ms && !connection_is_worn(request->conn, location);
}

bool respond_has_trailers(const struct request *request)
{
    return hooks_has_trailers(request);
}

static void choose_framing(struct request *request)
{
    struct response *response = &request->response;
    int status = response->status;
    response->no_body =
        request->head.method == METHOD_HEAD || status == 204 || status == 304 || response->upgrade;
    if (status == 204 || status == 304 || response->upgrade) {
        response->length = -1;
    }
    stream_frame(request);
}

void respond_start(struct request *request)
{
    struct response *response = &request->response;
    assert(!response->started);
    assert(request->walk.step == WALK_OVER);
    if (request->walk.error_status) {
        response->status = request->walk.error_status;
    }
    request->keep_alive = request->keep_alive && may_keep_alive(request) && !response->upgrade;
    choose_framing(request);
    response->started = true;
    respond_make_head(request);
    stream_head(request);
}

void respond_data(struct request *request, struct str bytes)
{
    if (bytes.n == 0 || (request->response.no_body && !request->response.upgrade)) {
        return;
    }
    assert(request->response.started && !request->response.finished);
    stream_data(request, bytes);
    request->response.body_sent += bytes.n;
}

void respond_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned)
{
    if (n == 0 || request->response.no_body) {
        if (owned) {
            close(fd);
        }
        return;
    }
    assert(request->response.started && !request->response.finished && fd >= 0);
    stream_file(request, fd, offset, n, owned);
    request->response.body_sent += n;
}

static void make_trailers(struct request *request)
{
    const struct headers *passed = &request->response.trailers;
    struct headers *sent = &request->response.sent_trailers;
    for (size_t i = 0; i < passed->n; i++) {
        headers_add(sent, &request->arena, passed->items[i].name, passed->items[i].value);
    }
    hooks_trailers(request);
}

void respond_finish(struct request *request)
{
    struct response *response = &request->response;
    assert(response->started);
    if (response->finished) {
        return;
    }
    if (response->takes_trailers) {
        make_trailers(request);
    }
    response->finished = true;
    stream_end(request);
}

size_t respond_unsent(const struct request *request)
{
    return (size_t)stream_unsent(request);
}

void respond_break(struct request *request)
{
    request->keep_alive = false;
    request->response.finished = true;
    stream_reset(request);
}
