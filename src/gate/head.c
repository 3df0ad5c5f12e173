/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/head.h"

#include "gate/connection.h"
#include "gate/respond.h"
#include "http/uri.h"
#include "site/client.h"

struct head_limits head_limits_of(const struct server_settings *settings)
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

void head_refuse(struct request *request, int status, const char *reason)
{
    request->malformed = true;
    request->keep_alive = false;
    request->body.state = REQUEST_BODY_COMPLETE;
    request->head.minor = request->head.minor ? request->head.minor : 1;
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

/* An unknown coding is named in the log: 501 is answered for nothing else here. */
static const char *name_coding(struct request *request, const char *reason)
{
    const struct header *coding = headers_find(&request->head.headers, HEADER_TRANSFER_ENCODING);
    return coding ? arena_printf(&request->arena, "%s: \"%.*s\"", reason, STR_ARG(coding->value)).p
                  : reason;
}

static struct head_options options_of(const struct request *request)
{
    const struct server_settings *settings = &request->walk.server->settings;
    return (struct head_options){settings->ignore_invalid_headers,
                                 settings->underscores_in_headers};
}

/* Gives request->head to the walk. */
static bool give_head(struct request *request, struct framing *framing, int *status,
                      const char **reason)
{
    request->walk.method = request->head.method;
    request->walk.method_name = request->head.method_name;
    request->walk.facts.has_host = request->head.has_host;
    if (!framing_of_request(&request->head, framing, status, reason)) {
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

bool head_take_text(struct request *request, struct str head, struct framing *framing, int *status,
                    const char **reason)
{
    struct head_options options = options_of(request);
    struct str text = arena_dup(&request->arena, head);
    return request_head_parse(text, &options, &request->arena, &request->head, status, reason) &&
           give_head(request, framing, status, reason);
}

bool head_take_parts(struct request *request, const struct head_parts *parts,
                     struct framing *framing, int *status, const char **reason)
{
    struct head_options options = options_of(request);
    struct head_limits limits = head_limits_of(&request->conn->server->settings);
    return request_head_take(parts, &limits, &options, &request->arena, &request->head, status,
                             reason) &&
           give_head(request, framing, status, reason);
}

void head_announce_body(struct request *request, bool present, int64_t length)
{
    struct request_body *body = &request->body;
    body->present = present;
    body->length = length;
    request->walk.body_length = present && length > 0 ? (uint64_t)length : 0;
    if (length == 0) {
        body->state = REQUEST_BODY_COMPLETE;
    }
}

bool head_expects_continue(const struct request *request)
{
    const struct header *expect = headers_find(&request->head.headers, HEADER_EXPECT);
    return expect && str_ieq(expect->value, STR("100-continue"));
}
