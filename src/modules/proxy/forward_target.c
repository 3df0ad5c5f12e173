/* SPDX-License-Identifier: Apache-2.0 */
/* Which backends a request may go to. */
#include "modules/proxy/forward_target.h"

#include <assert.h>

#include "gate/respond.h"

enum { FAIL_TIMEOUT_MS = 10 * 1000 }; /* of backends that are not configured, as in nginx */

static void set_names(struct forward *forward)
{
    struct request *request = forward->request;
    request->tried_host = proxy_url_host(&forward->url);
    request->tried_port = proxy_url_port(&forward->url, &request->arena);
}

static void use_group(struct forward *forward, const struct upstream_group *group)
{
    assert(group->index < forward->request->conn->gate->settings->groups_n);
    forward->group = group;
    forward->balance = forward->request->conn->gate->balances[group->index];
}

/* A group for this request alone; its connections are not kept. */
static void forward_target_use_addresses(struct forward *forward, const struct address *addresses,
                                         size_t n)
{
    struct arena *arena = &forward->request->arena;
    assert(n > 0 && !forward->own_balance); /* which would be lost */
    struct upstream_group *group = arena_zalloc(arena, sizeof(*group));
    group->name = forward->url.authority;
    group->n = n;
    group->peers = arena_zalloc(arena, n * sizeof(*group->peers));
    for (size_t i = 0; i < n; i++) {
        char text[ADDRESS_TEXT_MAX];
        group->peers[i] = (struct peer){
            .address = addresses[i],
            .server = forward->url.authority,
            .weight = 1,
            .max_fails = 1,
            .fail_timeout_ms = FAIL_TIMEOUT_MS,
        };
        group->peers[i].name = arena_dup(arena, address_text(&addresses[i], text));
    }
    forward->group = group;
    forward->own_balance = balance_new(group);
    forward->balance = forward->own_balance;
}

static const struct upstream_group *forward_target_find_group(const struct settings *settings,
                                                              struct str name)
{
    for (size_t i = 0; i < settings->groups_n; i++) {
        if (str_ieq(settings->groups[i]->name, name)) {
            return settings->groups[i];
        }
    }
    return NULL;
}

/* --- names --- */

struct waiting {
    struct forward *forward;
    void (*ready)(struct forward *forward);
};

static void forward_target_on_answer(void *arg, const struct address *addresses, size_t n,
                                     const char *text)
{
    struct waiting *waiting = arg;
    struct forward *forward = waiting->forward;
    struct request *request = forward->request;
    forward->query = NULL;
    if (n == 0) {
        request_log(request, LEVEL_ERROR, "%.*s could not be resolved %s",
                    STR_ARG(forward->url.host), text);
        respond_status(request, 502);
        return;
    }
    struct address *with_port = arena_alloc(&request->arena, n * sizeof(*with_port));
    for (size_t i = 0; i < n; i++) {
        with_port[i] = addresses[i];
        address_set_port(&with_port[i], forward->url.port);
    }
    forward_target_use_addresses(forward, with_port, n);
    waiting->ready(forward);
}

static void forward_target_ask(struct forward *forward, void (*ready)(struct forward *forward))
{
    struct request *request = forward->request;
    const struct resolver_settings *settings = request->walk.location->resolver;
    if (!settings) {
        request_log(request, LEVEL_ERROR, "no resolver defined to resolve %.*s",
                    STR_ARG(forward->url.host));
        respond_status(request, 502);
        return;
    }
    struct error err;
    struct resolver *resolver = gate_resolver_get(request->conn->gate, settings, &err);
    if (!resolver) {
        request_log(request, LEVEL_ERROR, "%s", err.text);
        respond_status(request, 500);
        return;
    }
    struct waiting *waiting = arena_alloc(&request->arena, sizeof(*waiting));
    *waiting = (struct waiting){forward, ready};
    forward->query = resolver_ask(resolver, forward->url.host, forward_target_on_answer, waiting);
}

/* --- proxy_pass with variables --- */

static bool evaluate(struct forward *forward)
{
    struct request *request = forward->request;
    struct str text = template_eval(&forward->settings->pass.url, &request->walk.scope).s;
    struct error err;
    enum proxy_url_kind kind = forward->settings->is_grpc ? PROXY_URL_GRPC : PROXY_URL_HTTP;
    if (!proxy_url_parse(text, kind, &forward->url, &err)) {
        request_log(request, LEVEL_ERROR, "%s", err.text);
        respond_status(request, 500);
        return false;
    }
    if (forward->url.tls && !forward->settings->tls.client) {
        request_log(request, LEVEL_ERROR, "this location has no TLS settings for \"%s\" backends",
                    forward->settings->is_grpc ? "grpcs://" : "https://");
        respond_status(request, 500);
        return false;
    }
    forward->uri = forward->url.uri;
    forward->is_whole_uri = true;
    if (str_starts(forward->uri, STR("?"))) {
        forward->uri = arena_concat(&request->arena, STR("/"), forward->uri);
    }
    set_names(forward);
    return true;
}

void forward_target(struct forward *forward, void (*ready)(struct forward *forward))
{
    const struct proxy_pass *pass = &forward->settings->pass;
    struct request *request = forward->request;
    if (pass->group) {
        forward->url.tls = pass->tls;
        forward->uri = pass->has_uri ? pass->uri : STR("");
        request->tried_host = pass->host;
        request->tried_port = pass->port;
        use_group(forward, pass->group);
        ready(forward);
        return;
    }
    if (!evaluate(forward)) {
        return;
    }
    const struct upstream_group *group =
        forward_target_find_group(request->conn->gate->settings, forward->url.authority);
    if (group) {
        use_group(forward, group);
        ready(forward);
    } else if (forward->url.port == 0 && !forward->url.is_unix) {
        request_log(request, LEVEL_ERROR, "no port in upstream \"%.*s\"",
                    STR_ARG(forward->url.authority));
        respond_status(request, 500);
    } else if (forward->url.is_address) {
        forward_target_use_addresses(forward, &forward->url.address, 1);
        ready(forward);
    } else {
        forward_target_ask(forward, ready);
    }
}
