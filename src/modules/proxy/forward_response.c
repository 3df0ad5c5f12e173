/* SPDX-License-Identifier: Apache-2.0 */
/* From a backend's head to the client's. */
#include "modules/proxy/forward_response.h"

#include <assert.h>

#include "gate/respond.h"
#include "modules/proxy/forward_rewrite.h"

/* --- what goes no further --- */

/* About one connection (RFC 9110, 7.6.1), or framing that is written anew. */
static bool is_hop_by_hop(enum header_id id)
{
    switch (id) {
    case HEADER_CONNECTION:
    case HEADER_KEEP_ALIVE:
    case HEADER_PROXY_CONNECTION:
    case HEADER_TRANSFER_ENCODING:
    case HEADER_CONTENT_LENGTH: return true;
    default: return false;
    }
}

/* Hidden unless proxy_pass_header names them. */
static bool is_hidden_by_default(const struct header *header)
{
    switch (header->id) {
    case HEADER_DATE:
    case HEADER_SERVER:
    case HEADER_X_ACCEL_BUFFERING:
    case HEADER_X_ACCEL_CHARSET:
    case HEADER_X_ACCEL_EXPIRES:
    case HEADER_X_ACCEL_LIMIT_RATE:
    case HEADER_X_ACCEL_REDIRECT: return true;
    case HEADER_OTHER: return str_ieq(header->name, STR("X-Pad"));
    default: return false;
    }
}

static bool names_have(const struct proxy_names *names, struct str name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (str_ieq(names->items[i], name)) {
            return true;
        }
    }
    return false;
}

static bool is_hidden(const struct forward *forward, const struct header *header)
{
    const struct proxy_settings *settings = forward->settings;
    if (is_hop_by_hop(header->id) || names_have(&settings->headers.hide, header->name)) {
        return true;
    }
    if (header->id == HEADER_TRAILER) {
        return !settings->response.pass_trailers;
    }
    return is_hidden_by_default(header) && !names_have(&settings->headers.pass, header->name);
}

static bool is_ignored(const struct forward *forward, enum header_id id)
{
    return names_have(&forward->settings->headers.ignore, header_name(id));
}

/* Whether the backend's `Connection` names this field as its own. */
static bool is_nominated(const struct response_head *head, const struct header *header)
{
    return headers_has_token(&head->headers, HEADER_CONNECTION, header->name);
}

/* --- the fields --- */

static struct str rewritten(struct forward *forward, const struct header *header)
{
    switch (header->id) {
    case HEADER_LOCATION: return forward_rewrite_location(forward, header->value);
    case HEADER_REFRESH: return forward_rewrite_refresh(forward, header->value);
    case HEADER_SET_COOKIE: return forward_rewrite_cookie(forward, header->value);
    default: return header->value;
    }
}

static void pass_field(struct forward *forward, const struct header *header)
{
    struct request *request = forward->request;
    struct response *response = &request->response;
    switch (header->id) {
    case HEADER_CONTENT_TYPE: response->content_type = header->value; return;
    case HEADER_DATE: response->has_date = true; break;
    case HEADER_SERVER: response->has_server = true; break;
    default: break;
    }
    headers_add(&response->headers, &request->arena, header->name, rewritten(forward, header));
}

/* As nginx since 1.23: an answer has one of each of these, so the first counts. */
static bool forward_response_is_single(enum header_id id)
{
    switch (id) {
    case HEADER_ACCEPT_RANGES:
    case HEADER_CONTENT_ENCODING:
    case HEADER_CONTENT_TYPE:
    case HEADER_DATE:
    case HEADER_ETAG:
    case HEADER_EXPIRES:
    case HEADER_LAST_MODIFIED:
    case HEADER_LOCATION:
    case HEADER_SERVER: return true;
    default: return false;
    }
}

static bool is_repeated(struct forward *forward, const struct response_head *head,
                        const struct header *header)
{
    const struct header *first =
        forward_response_is_single(header->id) ? headers_find(&head->headers, header->id) : header;
    if (first != header) {
        request_log(forward->request, LEVEL_WARN,
                    "upstream sent duplicate header line: \"%.*s: %.*s\", previous value: "
                    "\"%.*s\", ignored",
                    STR_ARG(header->name), STR_ARG(header->value), STR_ARG(first->value));
    }
    return first != header;
}

/* Whether `Connection` may name fields that go no further; most answers only say keep-alive. */
static bool has_nominated(const struct response_head *head)
{
    const struct header *connection = headers_find(&head->headers, HEADER_CONNECTION);
    return connection && head->status != 101 && !str_ieq(connection->value, STR("close")) &&
           !str_ieq(connection->value, STR("keep-alive"));
}

struct headers forward_hints(struct forward *forward, const struct response_head *head)
{
    struct headers hints = {0};
    bool nominates = has_nominated(head);
    for (size_t i = 0; i < head->headers.n; i++) {
        const struct header *header = &head->headers.items[i];
        bool is_of_answer = header->id == HEADER_CONTENT_TYPE || header->id == HEADER_TRAILER;
        if (!is_of_answer && !header_is_of_connection(header->id) && !is_hidden(forward, header) &&
            !(nominates && is_nominated(head, header))) {
            headers_add(&hints, &forward->request->arena, header->name, rewritten(forward, header));
        }
    }
    return hints;
}

static void pass_fields(struct forward *forward, const struct response_head *head)
{
    bool nominates = has_nominated(head);
    for (size_t i = 0; i < head->headers.n; i++) {
        const struct header *header = &head->headers.items[i];
        if (!is_hidden(forward, header) && !(nominates && is_nominated(head, header)) &&
            !is_repeated(forward, head, header)) {
            pass_field(forward, header);
        }
    }
}

/* How long the client's body will be; -1: not known. */
static int64_t length_of(const struct forward *forward, const struct response_head *head,
                         const struct framing *framing)
{
    if (framing->kind == BODY_LENGTH) {
        return (int64_t)framing->length;
    }
    if (framing->kind != BODY_NONE) {
        return -1;
    }
    const struct header *header = headers_find(&head->headers, HEADER_CONTENT_LENGTH);
    uint64_t length;
    bool announces = forward->request->head.method == METHOD_HEAD || head->status == 304;
    if (announces) {
        return header && str_to_u64(header->value, INT64_MAX, &length) ? (int64_t)length : -1;
    }
    return 0;
}

static struct str accel_value(const struct forward *forward, const struct response_head *head,
                              enum header_id id)
{
    const struct header *header = headers_find(&head->headers, id);
    return header && !is_ignored(forward, id) ? header->value : STR("");
}

void forward_translate(struct forward *forward, const struct response_head *head,
                       const struct framing *framing)
{
    struct response *response = &forward->request->response;
    assert(!response->started);
    *response = (struct response){
        .status = head->status,
        .reason = head->reason,
        .length = length_of(forward, head, framing),
        .content_type = forward->request->carried.content_type,
        .last_modified = -1,
        .upgrade = head->status == 101,
        .charset = accel_value(forward, head, HEADER_X_ACCEL_CHARSET),
        .upstream = head,
    };
    pass_fields(forward, head);
}

/* --- X-Accel-* --- */

struct str forward_accel_redirect(const struct forward *forward, const struct response_head *head)
{
    return accel_value(forward, head, HEADER_X_ACCEL_REDIRECT);
}

bool forward_is_buffered(const struct forward *forward, const struct response_head *head)
{
    struct str value = accel_value(forward, head, HEADER_X_ACCEL_BUFFERING);
    if (str_ieq(value, STR("yes"))) {
        return true;
    }
    return !str_ieq(value, STR("no")) && forward->settings->response.buffering;
}

/* As nginx documents it. Content-Type does as well, but is no field of its own here. */
static bool survives_redirect(const struct header *header)
{
    switch (header->id) {
    case HEADER_SET_COOKIE:
    case HEADER_CACHE_CONTROL:
    case HEADER_EXPIRES:
    case HEADER_ACCEPT_RANGES: return true;
    default: return str_ieq(header->name, STR("Content-Disposition"));
    }
}

void forward_carry(struct forward *forward, const struct response_head *head)
{
    struct request *request = forward->request;
    request->response.upstream = head;
    request->response.charset = accel_value(forward, head, HEADER_X_ACCEL_CHARSET);
    for (size_t i = 0; i < head->headers.n; i++) {
        const struct header *header = &head->headers.items[i];
        if (is_hidden(forward, header) || is_repeated(forward, head, header)) {
            continue;
        }
        if (header->id == HEADER_CONTENT_TYPE) {
            request->carried.content_type = header->value;
        } else if (survives_redirect(header)) {
            headers_add(&request->carried.headers, &request->arena, header->name,
                        rewritten(forward, header));
        }
    }
}
