/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/headers/headers.h"

#include <assert.h>

#include "gate/request.h"
#include "gate/respond_head.h"
#include "http/date.h"
#include "http/field_value.h"
#include "modules/headers/expires.h"
#include "modules/headers/headers_settings.h"

bool headers_apply(int status)
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
    default: return false;
    }
}

static bool rule_applies(const struct header_rule *rule, const struct request *request)
{
    return rule->always || headers_apply(request->response.status);
}

/* An answer has one of each of these: add_header replaces it, and removes it with an empty value.
 */
static bool headers_is_single(enum header_id id)
{
    return id == HEADER_LAST_MODIFIED || id == HEADER_ETAG;
}

/* False: one of them cannot be sent, so the answer would lack what it was to be sent with. */
static bool add_rules(struct request *request, const struct header_rules *rules)
{
    struct response *response = &request->response;
    for (size_t i = 0; i < rules->n; i++) {
        const struct header_rule *rule = &rules->items[i];
        if (!rule_applies(rule, request)) {
            continue;
        }
        struct str value = template_eval(&rule->value, &request->walk.scope).s;
        enum header_id id = header_id_of(rule->name);
        if (headers_is_single(id)) {
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

static bool headers_head(struct request *request)
{
    const struct headers_settings *settings = headers_settings_of(request->walk.location);
    assert(settings->add_headers.n || settings->expires.kind != EXPIRES_OFF); /* else no hook */
    if (settings->expires.kind != EXPIRES_OFF) {
        expires_add(request, &settings->expires);
    }
    return add_rules(request, &settings->add_headers);
}

static void headers_validators(struct request *request, struct str *etag, time_t *last_modified)
{
    const struct header_rules *rules = &headers_settings_of(request->walk.location)->add_headers;
    for (size_t i = 0; i < rules->n; i++) {
        enum header_id id = header_id_of(rules->items[i].name);
        if (!headers_is_single(id)) {
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

static bool headers_has_trailers(const struct request *request)
{
    const struct header_rules *rules = &headers_settings_of(request->walk.location)->add_trailers;
    for (size_t i = 0; i < rules->n; i++) {
        if (rule_applies(&rules->items[i], request)) {
            return true;
        }
    }
    return false;
}

static void headers_trailers(struct request *request)
{
    const struct header_rules *rules = &headers_settings_of(request->walk.location)->add_trailers;
    struct headers *sent = &request->response.sent_trailers;
    assert(request->response.started && request->response.takes_trailers);
    for (size_t i = 0; i < rules->n; i++) {
        const struct header_rule *rule = &rules->items[i];
        if (!rule_applies(rule, request)) {
            continue;
        }
        struct str value = template_eval(&rule->value, &request->walk.scope).s;
        if (request_hit_limit(request)) {
            continue; /* the answer is sent by now: this field of it is left out */
        }
        if (!field_value_fit(&value, &request->arena)) {
            respond_log_unfit(request, &rule->place, rule->name, &rule->value);
        } else if (value.n) {
            headers_add(sent, &request->arena, rule->name, value);
        }
    }
}

const struct hooks headers_hooks = {
    .name = "headers",
    .head = headers_head,
    .validators = headers_validators,
};

const struct hooks trailers_hooks = {
    .name = "trailers",
    .has_trailers = headers_has_trailers,
    .trailers = headers_trailers,
};
