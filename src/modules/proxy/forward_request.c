/* SPDX-License-Identifier: Apache-2.0 */
/* The head of the request to a backend. */
#include "modules/proxy/forward_request.h"

#include <assert.h>

#include "gate/client_fields.h"
#include "gate/respond.h"
#include "gate/respond_head.h"
#include "http/field_names.h"
#include "http/field_value.h"

/* --- the body --- */

/* A body that is still to come or was kept. What another handler streamed or dropped is gone. */
static bool has_body(const struct request *request)
{
    const struct request_body *body = &request->body;
    if (!body->present || body->dropped) {
        return false;
    }
    bool is_kept = body->fd >= 0 || buf_size(&body->memory) == body->received;
    return body->state == REQUEST_BODY_UNREAD || (body->state == REQUEST_BODY_COMPLETE && is_kept);
}

/*
 * As nginx: a chunked body cannot be streamed to HTTP/1.0, which has no such framing, and one that
 * has come already is kept, so that $request_body, error pages and other backends have it.
 */
bool forward_streams(const struct forward *forward)
{
    const struct proxy_settings *settings = forward->settings;
    struct request *request = forward->request;
    return !settings->request.buffering && !settings->request.has_body &&
           settings->request.pass_body && has_body(request) &&
           request->body.state == REQUEST_BODY_UNREAD &&
           (request->body.length >= 0 || settings->request.version > HTTP_VERSION_1_0) &&
           !body_is_here(request);
}

/* Framing is never left to proxy_set_header: what is announced is what will be sent. */
static void add_framing(struct forward *forward, struct headers *out)
{
    struct request *request = forward->request;
    struct arena *arena = &request->arena;
    uint64_t length = 0;
    switch (forward->body) {
    case FORWARD_BODY_NONE: return;
    case FORWARD_BODY_TEXT: length = forward->body_text.n; break;
    case FORWARD_BODY_BUFFERED:
        assert(request->body.state == REQUEST_BODY_COMPLETE);
        length = request->body.received;
        break;
    case FORWARD_BODY_STREAM:
        if (request->body.length < 0) {
            if (forward->settings->request.version == HTTP_VERSION_2) {
                return; /* its frames say where the body ends */
            }
            forward->body_chunked = true;
            headers_add_id(out, arena, HEADER_TRANSFER_ENCODING, STR("chunked"));
            return;
        }
        length = (uint64_t)request->body.length;
        break;
    }
    headers_add_id(out, arena, HEADER_CONTENT_LENGTH,
                   arena_printf(arena, "%llu", (unsigned long long)length));
}

static void choose_body(struct forward *forward)
{
    const struct proxy_settings *settings = forward->settings;
    if (settings->request.has_body) {
        forward->body = FORWARD_BODY_TEXT;
        forward->body_text =
            template_eval(&settings->request.body, &forward->request->walk.scope).s;
    } else if (!settings->request.pass_body || !has_body(forward->request)) {
        forward->body = FORWARD_BODY_NONE;
    } else {
        forward->body = forward->streams ? FORWARD_BODY_STREAM : FORWARD_BODY_BUFFERED;
    }
}

/* --- the fields --- */

/* Fields that are about one connection, or that yett writes itself (RFC 9110, 7.6.1). */
static bool is_own(enum header_id id)
{
    switch (id) {
    case HEADER_HOST:
    case HEADER_TE:
    case HEADER_TRAILER:
    case HEADER_CONTENT_LENGTH:
    case HEADER_EXPECT: return true;
    default: return header_is_of_connection(id);
    }
}

static bool is_framing(enum header_id id)
{
    return id == HEADER_CONTENT_LENGTH || id == HEADER_TRANSFER_ENCODING;
}

/* Whether proxy_set_header has a line for that name, whatever its value. */
static bool is_set(const struct proxy_headers *set, enum header_id id, struct str name)
{
    for (size_t i = 0; i < set->n; i++) {
        if (id == HEADER_OTHER ? str_ieq(set->items[i].name, name) : set->items[i].id == id) {
            return true;
        }
    }
    return false;
}

/*
 * Whether a client's field could be taken for one that proxy_set_header sets: many backends do not
 * tell X_Client_DN from X-Client-DN. Only names with '_' or '.' get here when they may pass at all.
 */
static bool shadows_set(const struct proxy_headers *set, struct str name)
{
    if (field_name_hyphenated(name)) {
        return false;
    }
    for (size_t i = 0; i < set->n; i++) {
        if (field_name_alike(set->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Whether it says who the client is, as only the gate may. */
static bool is_identity(struct request *request, const struct header *header)
{
    if (header->id != HEADER_OTHER ||
        !field_names_has(&request->walk.settings->identity_fields, header->name)) {
        return false;
    }
    request_log(request, LEVEL_INFO,
                "the client's \"%.*s\" is not passed on: only yett tells who the client is",
                STR_ARG(header->name));
    return true;
}

static bool add_set(struct forward *forward, struct headers *out)
{
    struct request *request = forward->request;
    const struct proxy_headers *set = &forward->settings->headers.set;
    for (size_t i = 0; i < set->n; i++) {
        const struct proxy_header *header = &set->items[i];
        if (is_framing(header->id)) {
            continue;
        }
        struct str value = template_eval(&header->value, &request->walk.scope).s;
        if (value.n == 0) {
            continue;
        }
        if (!field_value_fit(&value, &request->arena)) {
            respond_log_unfit(request, &header->place, header->name, &header->value);
            respond_status(request, 500);
            return false;
        }
        headers_add(out, &request->arena, header->name, value);
    }
    return true;
}

static void add_defaults(struct forward *forward, struct headers *out)
{
    struct request *request = forward->request;
    const struct proxy_headers *set = &forward->settings->headers.set;
    if (!is_set(set, HEADER_HOST, STR("Host"))) {
        headers_add_id(out, &request->arena, HEADER_HOST, request->tried_host);
    }
    if (forward->settings->request.version == HTTP_VERSION_1_0 &&
        !is_set(set, HEADER_CONNECTION, STR("Connection"))) {
        headers_add_id(out, &request->arena, HEADER_CONNECTION, STR("close"));
    }
    /* gRPC: the backend may refuse a request whose path does not carry trailers. */
    if (forward->settings->is_grpc && !is_set(set, HEADER_TE, STR("TE")) &&
        headers_has_token(&request->head.headers, HEADER_TE, STR("trailers"))) {
        headers_add_id(out, &request->arena, HEADER_TE, STR("trailers"));
    }
}

/* Whether `Connection` names fields that are to go no further; most requests only say keep-alive.
 */
static bool nominates(const struct headers *headers)
{
    const struct header *connection = headers_find(headers, HEADER_CONNECTION);
    return connection && !str_ieq(connection->value, STR("keep-alive")) &&
           !str_ieq(connection->value, STR("close"));
}

/*
 * What the client sent, but for what proxy_set_header replaces. What the client names in
 * `Connection` removes its own fields only: those that yett sets are not looked for here.
 */
static void add_client(struct forward *forward, struct headers *out)
{
    struct request *request = forward->request;
    const struct headers *in = &request->head.headers;
    bool has_nominated = nominates(in);
    for (size_t i = 0; i < in->n; i++) {
        const struct header *header = &in->items[i];
        if (is_own(header->id) ||
            is_set(&forward->settings->headers.set, header->id, header->name) ||
            shadows_set(&forward->settings->headers.set, header->name) ||
            is_identity(request, header) ||
            (has_nominated && headers_has_token(in, HEADER_CONNECTION, header->name))) {
            continue;
        }
        headers_add(out, &request->arena, header->name, header->value);
    }
}

/* --- the request line --- */

/* As nginx: a path is escaped again when decoding may have changed it. */
static struct str escaped(struct request *request, struct str path)
{
    bool is_as_sent =
        request->walk.path_plain && str_find(request->head.target, '%') == request->head.target.n;
    return is_as_sent ? path : uri_escape(ESCAPE_URI, path, &request->arena);
}

static struct str join_uri(struct request *request, struct str prefix, struct str path)
{
    struct arena *arena = &request->arena;
    struct str uri = prefix.n ? arena_concat(arena, prefix, path) : path;
    if (request->walk.args.n == 0) {
        return uri;
    }
    return arena_printf(arena, "%.*s?%.*s", STR_ARG(uri), STR_ARG(request->walk.args));
}

static struct str path_of(struct str uri)
{
    return str_head(uri, str_find(uri, '?'));
}

/*
 * Whether what variables made of a URI has a ".." that the client's own target does not answer for.
 * That one was resolved before its location was chosen, so it may be part of the URI as it came.
 */
static bool variables_climb(struct forward *forward)
{
    const struct request *request = forward->request;
    struct str path = path_of(forward->uri);
    struct str sent = path_of(request->head.target);
    if (str_ends(path, sent)) {
        path = str_head(path, path.n - sent.n);
    }
    return uri_climbs_encoded(path, &forward->request->arena);
}

/*
 * proxy_pass without a path: the target as the client sent it; with one, it replaces the location's
 * name, unless a rewrite changed the path. False when the result has a ".." that nobody asked for:
 * "location /a { proxy_pass http://b/x/; }" makes "/x/../y" of "/a../y".
 */
static bool build_uri(struct forward *forward, struct str *uri)
{
    struct request *request = forward->request;
    if (forward->uri.n && forward->is_whole_uri) {
        *uri = forward->uri;
        return !variables_climb(forward);
    }
    if (forward->uri.n == 0 && request->walk.path_plain) {
        *uri = request->head.target;
        return true;
    }
    if (forward->uri.n == 0 || request->walk.rewritten || !request->walk.location->location) {
        *uri = join_uri(request, STR(""), escaped(request, request->walk.path));
        return uri_parents(PARENT_URI, request->walk.path) == 0;
    }
    struct str rest = str_skip(request->walk.path, request->walk.location->location->name.n);
    *uri = join_uri(request, forward->uri, escaped(request, rest));
    return path_of(forward->uri).n < forward->uri.n ||
           !uri_join_climbs(PARENT_URI, forward->uri, rest);
}

static bool breaks_line(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

/*
 * Variables bring decoded text into a URI (proxy_pass http://backend$uri): a blank or a line break
 * there would end the request line and start a header, or another request.
 */
static struct str one_line(struct str uri, struct arena *arena)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t bad = 0;
    for (size_t i = 0; i < uri.n; i++) {
        bad += breaks_line(uri.p[i]);
    }
    if (!bad) {
        return uri;
    }
    char *start = arena_bytes(arena, uri.n + 2 * bad);
    char *p = start;
    for (size_t i = 0; i < uri.n; i++) {
        unsigned char c = (unsigned char)uri.p[i];
        if (breaks_line(uri.p[i])) {
            *p++ = '%';
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
        } else {
            *p++ = uri.p[i];
        }
    }
    assert((size_t)(p - start) == uri.n + 2 * bad);
    return str_range(start, p);
}

static bool choose_uri(struct forward *forward, struct str *uri)
{
    struct request *request = forward->request;
    bool is_within = build_uri(forward, uri);
    *uri = one_line(*uri, &request->arena);
    if (!is_within) {
        request_log(request, LEVEL_ERROR, "\"%.*s\" is outside the path of \"proxy_pass\"",
                    STR_ARG(*uri));
    } else if (uri->n == 0) {
        request_log(request, LEVEL_ERROR, "zero length URI to proxy");
    } else {
        return true;
    }
    respond_status(request, 500);
    return false;
}

static void choose_method(struct forward *forward)
{
    struct request *request = forward->request;
    struct str method = template_eval(&forward->settings->request.method, &request->walk.scope).s;
    forward->sent.method =
        method.n && header_name_valid(method) ? method : request->walk.method_name;
    forward->method = method_of(forward->sent.method);
}

/* --- all of it --- */

static struct str write_head(struct forward *forward)
{
    const struct exchange_request *sent = &forward->sent;
    struct str version = forward->settings->request.version == HTTP_VERSION_1_0
                             ? STR(" HTTP/1.0\r\n")
                             : STR(" HTTP/1.1\r\n");
    size_t size = sent->method.n + 1 + sent->path.n + version.n + headers_size(&sent->fields);
    char *start = arena_bytes(&forward->request->arena, size);
    char *p = str_put(start, sent->method);
    *p++ = ' ';
    p = str_put(p, sent->path);
    p = str_put(p, version);
    p = headers_put(p, &sent->fields);
    assert(p == start + size);
    return str_range(start, p);
}

static bool forward_request_is_kept(const struct forward *forward, const struct headers *out)
{
    if (forward->settings->request.version == HTTP_VERSION_1_0) {
        return headers_has_token(out, HEADER_CONNECTION, STR("keep-alive"));
    }
    return !headers_has_token(out, HEADER_CONNECTION, STR("close"));
}

bool forward_build(struct forward *forward)
{
    unsigned version = forward->settings->request.version;
    struct headers *out = &forward->sent.fields;
    forward->sent = (struct exchange_request){0};
    if (!choose_uri(forward, &forward->sent.path)) {
        return false;
    }
    choose_method(forward);
    choose_body(forward);
    if (!add_set(forward, out)) {
        return false;
    }
    client_fields_add(forward->request, out);
    add_defaults(forward, out);
    add_framing(forward, out);
    if (forward->settings->request.pass_headers) {
        add_client(forward, out);
    }
    if (version != HTTP_VERSION_2) {
        forward->keep_alive = forward_request_is_kept(forward, out);
        forward->upgrade = headers_find(out, HEADER_UPGRADE) && version == HTTP_VERSION_1_1;
        forward->sent.head = write_head(forward);
    }
    return true;
}
