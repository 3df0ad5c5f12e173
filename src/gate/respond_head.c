/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/respond_head.h"

#include <stdio.h>

#include "base/clock.h"
#include "gate/charset.h"
#include "gate/stream.h"
#include "http/date.h"
#include "http/field_value.h"

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

/* A file can have a time that no date in a header can say: it is sent without. */
static void add_date(struct request *request, enum header_id id, time_t t)
{
    char *out = arena_bytes(&request->arena, CLOCK_HTTP_LEN + 1);
    struct str date = clock_format_http(t, out);
    if (date.n) {
        respond_head_add(request, id, date);
    }
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
        add_date(request, HEADER_LAST_MODIFIED, response->last_modified);
    }
}

bool respond_rule_applies(const struct header_rule *rule, int status)
{
    switch (status) {
    case 200:
    case 201:
    case 204:
    case 206:
    case 301:
    case 302:
    case 303:
    case 304:
    case 307:
    case 308: return true;
    default: return rule->always;
    }
}

/* An answer has one of each of these: add_header replaces it, and removes it with an empty value.
 */
static bool respond_head_is_single(enum header_id id)
{
    return id == HEADER_LAST_MODIFIED || id == HEADER_ETAG;
}

void respond_log_unfit(struct request *request, const struct field_place *place, struct str name,
                       const struct template *value)
{
    struct str part = template_unfit_part(value, &request->walk.scope);
    request_log(request, LEVEL_ERROR,
                "\"%s %.*s\" cannot be sent: \"%.*s\" contains a line break or a NUL",
                place->directive, STR_ARG(name), STR_ARG(part));
}

/* False: one of them cannot be sent, so the answer would lack what it was to be sent with. */
static bool add_rules(struct request *request)
{
    const struct header_rules *rules = &request->walk.location->add_headers;
    struct response *response = &request->response;
    for (size_t i = 0; i < rules->n; i++) {
        const struct header_rule *rule = &rules->items[i];
        if (!respond_rule_applies(rule, response->status)) {
            continue;
        }
        struct str value = template_eval(&rule->value, &request->walk.scope).s;
        enum header_id id = header_id_of(rule->name);
        if (respond_head_is_single(id)) {
            headers_remove(&response->sent, id);
        }
        if (!field_value_fit(&value, &request->arena)) {
            respond_log_unfit(request, &rule->place, rule->name, &rule->value);
            return false;
        }
        if (value.n) {
            headers_add(&response->sent, &request->arena, rule->name, value);
        }
    }
    return true;
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

void respond_validators(struct request *request, struct str *etag, time_t *last_modified)
{
    const struct header_rules *rules = &request->walk.location->add_headers;
    *etag = request->response.etag;
    *last_modified = request->response.last_modified;
    for (size_t i = 0; i < rules->n; i++) {
        enum header_id id = header_id_of(rules->items[i].name);
        if (!respond_head_is_single(id)) {
            continue;
        }
        struct str value = template_eval(&rules->items[i].value, &request->walk.scope).s;
        if (id == HEADER_ETAG) {
            *etag = value;
        } else if (!date_parse(value, last_modified)) {
            *last_modified = -1;
        }
    }
}

/* --- expires (ngx_http_headers_module) --- */

static int64_t seconds_until_day_time(int64_t day_time, time_t now)
{
    struct tm tm;
    localtime_r(&now, &tm);
    int64_t into_day = tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
    return day_time > into_day ? day_time - into_day : day_time - into_day + 86400;
}

/* Takes the place of what a backend said. */
static void add_expires(struct request *request)
{
    const struct expires *expires = &request->walk.location->expires;
    struct header_rule as_rule = {0};
    if (expires->kind == EXPIRES_OFF || !respond_rule_applies(&as_rule, request->response.status)) {
        return;
    }
    headers_remove(&request->response.sent, HEADER_EXPIRES);
    headers_remove(&request->response.sent, HEADER_CACHE_CONTROL);
    if (expires->kind == EXPIRES_EPOCH) {
        respond_head_add(request, HEADER_EXPIRES, STR("Thu, 01 Jan 1970 00:00:01 GMT"));
        respond_head_add(request, HEADER_CACHE_CONTROL, STR("no-cache"));
        return;
    }
    if (expires->kind == EXPIRES_MAX) {
        respond_head_add(request, HEADER_EXPIRES, STR("Thu, 31 Dec 2037 23:55:55 GMT"));
        respond_head_add(request, HEADER_CACHE_CONTROL, STR("max-age=315360000"));
        return;
    }
    time_t now = clock_second();
    int64_t age = expires->seconds;
    if (expires->kind == EXPIRES_DAILY) {
        age = seconds_until_day_time(age, now);
    } else if (expires->kind == EXPIRES_MODIFIED && request->response.last_modified >= 0) {
        age += request->response.last_modified - now;
    }
    add_date(request, HEADER_EXPIRES, now + (time_t)age);
    respond_head_add(request, HEADER_CACHE_CONTROL,
                     age < 0 ? STR("no-cache")
                             : arena_printf(&request->arena, "max-age=%lld", (long long)age));
}

/* --- charset --- */

/* After add_header: a map over $sent_http_content_type there sees the bare type, as in nginx. */
static void respond_head_add_charset(struct request *request)
{
    struct headers *sent = &request->response.sent;
    if (!has_entity(&request->response) || request->response.content_type.n == 0) {
        return;
    }
    for (size_t i = 0; i < sent->n; i++) {
        if (sent->items[i].id == HEADER_CONTENT_TYPE) {
            sent->items[i].value = charset_content_type(request);
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
    add_expires(request);
    bool is_complete = add_rules(request);
    respond_head_add_charset(request);
    if (request_hit_limit(request) || !is_complete || !are_fit(request, checked)) {
        become_error(request);
    }
}
