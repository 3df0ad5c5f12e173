/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/respond_head.h"

#include "base/clock.h"
#include "gate/hooks.h"
#include "gate/stream.h"

static void respond_head_add(struct request *request, enum header_id id, struct str value)
{
    headers_add_id(&request->response.sent, &request->arena, id, value);
}

static void add_server_and_date(struct request *request)
{
    if (!request->response.has_server) {
        bool tokens = request->walk.location->server_tokens != SERVER_TOKENS_OFF;
        respond_head_add(request, HEADER_SERVER, tokens ? STR("yett/" YETT_VERSION) : STR("yett"));
    }
    if (!request->response.has_date) {
        respond_head_add(request, HEADER_DATE, arena_dup(&request->arena, clock_http()));
    }
}

static bool has_entity(const struct response *response)
{
    return response->status != 304 && response->status != 204 && !response->upgrade;
}

static void add_entity(struct request *request)
{
    struct response *response = &request->response;
    bool entity = has_entity(response);
    if (entity && response->content_type.n) {
        respond_head_add(request, HEADER_CONTENT_TYPE, response->content_type);
    }
    if (entity && response->length >= 0) {
        respond_head_add(request, HEADER_CONTENT_LENGTH,
                         arena_decimal(&request->arena, (uint64_t)response->length));
    }
    bool dated = response->status == 200 || response->status == 206 || response->status == 304;
    if (dated && response->last_modified >= 0) {
        char *out = arena_bytes(&request->arena, CLOCK_HTTP_LEN + 1);
        struct str date = clock_format_http(response->last_modified, out);
        if (date.n) { /* a file can have a time that no date in a header can say */
            respond_head_add(request, HEADER_LAST_MODIFIED, date);
        }
    }
}

void respond_log_unfit(struct request *request, const struct field_place *place, struct str name,
                       const struct template *value)
{
    struct str part = template_unfit_part(value, &request->walk.scope);
    request_log(request, LEVEL_ERROR,
                "\"%s %.*s\" cannot be sent: \"%.*s\" contains a line break or a NUL",
                place->directive, STR_ARG(name), STR_ARG(part));
}

void respond_validators(struct request *request, struct str *etag, time_t *last_modified)
{
    *etag = request->response.etag;
    *last_modified = request->response.last_modified;
    hooks_validators(request, etag, last_modified);
}

/* The last look at what is made of foreign text, by proxy_cookie_path $uri for one. */
static bool are_fit(struct request *request, size_t first)
{
    const struct headers *sent = &request->response.sent;
    for (size_t i = first; i < sent->n; i++) {
        if (!header_value_valid(sent->items[i].value)) {
            request_log(request, LEVEL_ERROR,
                        "header \"%.*s\" cannot be sent: it contains a line break or a NUL",
                        STR_ARG(sent->items[i].name));
            return false;
        }
    }
    return true;
}

/* As the hooks have it sent: with a charset. */
static void complete_content_type(struct request *request)
{
    struct headers *sent = &request->response.sent;
    if (!has_entity(&request->response) || request->response.content_type.n == 0) {
        return;
    }
    for (size_t i = 0; i < sent->n; i++) {
        if (sent->items[i].id == HEADER_CONTENT_TYPE) {
            sent->items[i].value = hooks_content_type(request);
            return; /* a second one is add_header's */
        }
    }
}

/*
 * The request hit a limit while the head was made, or a field of it cannot be sent: what is in it
 * is not to be trusted, nor is it known whether the rest may be sent.
 */
static void become_error(struct request *request)
{
    struct response *response = &request->response;
    request->keep_alive = false;
    response->status = 500;
    response->upstream = NULL;
    response->length = 0;
    response->upgrade = response->has_server = response->has_date = false;
    response->no_body = response->failed = true;
    response->sent = (struct headers){0};
    response->content_type = STR("");
    stream_frame(request);
    add_server_and_date(request);
    add_entity(request);
    stream_fields(request);
}

/* An answer leads to one place, and is one part of one thing. */
static bool is_decided(const struct headers *headers, enum header_id id)
{
    return (id == HEADER_LOCATION || id == HEADER_CONTENT_RANGE) && headers_find(headers, id);
}

static void add_fields(struct request *request)
{
    struct headers *sent = &request->response.sent;
    const struct headers *own = &request->response.headers;
    const struct headers *carried = &request->carried.headers;
    for (size_t i = 0; i < own->n; i++) {
        headers_add(sent, &request->arena, own->items[i].name, own->items[i].value);
    }
    for (size_t i = 0; i < carried->n; i++) {
        if (!is_decided(own, carried->items[i].id)) {
            headers_add(sent, &request->arena, carried->items[i].name, carried->items[i].value);
        }
    }
}

void respond_make_head(struct request *request)
{
    const struct response *response = &request->response;
    add_server_and_date(request);
    size_t checked = response->sent.n; /* what is before is ours */
    add_entity(request);
    stream_fields(request);
    add_fields(request);
    if (response->etag.n) {
        respond_head_add(request, HEADER_ETAG, response->etag);
    }
    bool is_complete = hooks_head(request);
    complete_content_type(request);
    if (request_hit_limit(request) || !is_complete || !are_fit(request, checked)) {
        become_error(request);
    }
}
