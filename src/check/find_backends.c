/* SPDX-License-Identifier: Apache-2.0 */
/* Backends: whether they are who they seem, and who can reach them besides yett. */
#include <arpa/inet.h>

#include "check/finding.h"
#include "check/places.h"
#include "check/uses.h"
#include "modules/proxy/proxy_settings.h"
#include "site/listener.h"
#include "tls/server.h"

struct backends_look {
    const struct checked *checked;
    struct findings *findings;
    struct uses of_client;
};

/* --- https without verification --- */

static bool is_on_unix_socket(const struct upstream_group *group)
{
    bool all = group && group->n > 0;
    for (size_t i = 0; all && i < group->n; i++) {
        all = group->peers[i].address.u.sa.sa_family == AF_UNIX;
    }
    return all;
}

static void look_at_backend_certificate(const struct backends_look *look,
                                        const struct settings_place *place,
                                        const struct proxy_settings *backend)
{
    const struct proxy_pass *pass = &backend->pass;
    bool is_tls = pass->tls || str_istarts(pass->url.source, STR("https://"));
    if (is_tls && !backend->tls.settings.verify && !is_on_unix_socket(pass->group)) {
        struct str text = place_text(place, look->checked->arena);
        finding_add(look->checked, look->findings, RULE_BACKEND_TLS_UNVERIFIED, place->at,
                    "%.*s passes requests to %.*s without \"%s_ssl_verify on\"", STR_ARG(text),
                    STR_ARG(pass->url.source), backend->is_grpc ? "grpc" : "proxy");
    }
}

/* --- backends that are server blocks of this configuration --- */

static bool is_loopback(const struct address *address)
{
    switch (address->u.sa.sa_family) {
    case AF_INET: return ntohl(address->u.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    case AF_INET6: return IN6_IS_ADDR_LOOPBACK(&address->u.in6.sin6_addr);
    default: return true;
    }
}

/* The peer is this listener: its address, or a local one of a listener on all addresses. */
static bool listener_serves(const struct settings *settings, const struct listener *listener,
                            const struct address *peer)
{
    if (address_equal(&listener->address, peer)) {
        return true;
    }
    if (!listener->wildcard || peer->u.sa.sa_family == AF_UNIX ||
        address_port(&listener->address) != address_port(peer)) {
        return false;
    }
    for (size_t i = 0; i < settings->listeners_n; i++) { /* a listener of its own comes first */
        if (address_equal(&settings->listeners[i]->address, peer)) {
            return false;
        }
    }
    return is_loopback(peer);
}

/* Checks addresses or client certificates by itself. */
static bool guards_itself(const struct listener *listener, const struct server *server)
{
    bool verifies =
        listener->ssl && server->tls && tls_server_verify_mode(server->tls) == VERIFY_ON;
    return verifies || server->root.access.n > 0;
}

struct trusting {
    const struct checked *checked;
    const struct proxy_headers *told; /* what the gate in front sets */
    const struct uses *of_client;
    const struct listener *listener;
    const struct server *server; /* that trusts them; NULL: none */
};

/* Whether the server reads a header that the gate in front sets, or passes one on. */
static bool trusts(const struct trusting *trusting, const struct server *server)
{
    const struct variables *vars = &trusting->checked->settings->vars;
    struct uses uses;
    uses_by_server(trusting->checked, server, &uses);
    for (size_t i = 0; i < vars->n; i++) {
        const struct variable *variable = vars->items[i];
        if (variable->kind != VARIABLE_BUILTIN || !uses.items[variable->index] ||
            !str_starts(variable->name, STR("http_"))) {
            continue;
        }
        for (size_t k = 0; k < trusting->told->n; k++) {
            struct str name = trusting->told->items[k].name;
            bool same = name.n == variable->suffix.n;
            for (size_t c = 0; same && c < name.n; c++) {
                char told = name.p[c] == '-' ? '_' : char_lower(name.p[c]);
                same = told == char_lower(variable->suffix.p[c]);
            }
            if (same && trusting->told->items[k].value.n > 0) {
                return true;
            }
        }
    }
    return false;
}

static void passes_on(void *arg, const struct settings_place *place)
{
    const struct proxy_settings *backend = place_backend(place->settings);
    *(bool *)arg = *(bool *)arg || (backend && backend->request.pass_headers);
}

static bool tells_identity(const struct trusting *trusting)
{
    for (size_t i = 0; i < trusting->told->n; i++) {
        if (uses_in(trusting->of_client, &trusting->told->items[i].value)) {
            return true;
        }
    }
    return false;
}

static void trusting_look(void *arg, const struct server *server)
{
    struct trusting *trusting = arg;
    bool forwards = false;
    if (trusting->server || guards_itself(trusting->listener, server)) {
        return;
    }
    places_of_server(server, passes_on, &forwards);
    if (trusts(trusting, server) || (forwards && tells_identity(trusting))) {
        trusting->server = server;
    }
}

static void look_at_peer(const struct backends_look *look, const struct settings_place *place,
                         const struct proxy_settings *backend, const struct peer *peer)
{
    const struct settings *settings = look->checked->settings;
    for (size_t i = 0; i < settings->listeners_n; i++) {
        struct trusting trusting = {.checked = look->checked,
                                    .told = &backend->headers.set,
                                    .of_client = &look->of_client,
                                    .listener = settings->listeners[i]};
        if (is_loopback(&trusting.listener->address) ||
            !listener_serves(settings, trusting.listener, &peer->address)) {
            continue;
        }
        listener_each(trusting.listener, trusting_look, &trusting);
        if (trusting.server) {
            struct str text = place_text(place, look->checked->arena);
            finding_add(look->checked, look->findings, RULE_BACKEND_EXPOSED,
                        (struct line_place){trusting.server->file, trusting.server->line},
                        "server \"%.*s\" is the backend of %.*s, and listens on %.*s: others can "
                        "send it the headers that yett sets",
                        STR_ARG(trusting.server->name), STR_ARG(text),
                        STR_ARG(trusting.listener->text));
        }
    }
}

static void look_at_place(void *arg, const struct settings_place *place)
{
    const struct backends_look *look = arg;
    const struct proxy_settings *backend = place_backend(place->settings);
    if (!backend) {
        return;
    }
    look_at_backend_certificate(look, place, backend);
    for (size_t i = 0; backend->pass.group && i < backend->pass.group->n; i++) {
        look_at_peer(look, place, backend, &backend->pass.group->peers[i]);
    }
}

void find_in_backends(const struct checked *checked, struct findings *findings)
{
    struct backends_look look = {.checked = checked, .findings = findings};
    uses_of(checked->settings, checked->arena, names_client, &look.of_client);
    places_each(checked->settings, look_at_place, &look);
}
