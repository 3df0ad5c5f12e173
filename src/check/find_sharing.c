/* SPDX-License-Identifier: Apache-2.0 */
/* Servers with different requirements that a browser puts on one connection: RFC 9113, 9.1.1. */
#include "base/strmap.h"
#include "base/vec.h"
#include "check/finding.h"
#include "pki/cert_host.h"
#include "site/listener.h"
#include "site/server.h"
#include "tls/server.h"

/* A certificate that is shown for `name` and, with the same settings, for other servers. */
struct opened {
    const struct tls_server *tls;
    X509 *cert;
    struct str name;
};

struct sharing {
    struct server_list servers; /* of one listener */
    struct arena *arena;
    struct opened *opened; /* over HTTP/2 */
    size_t opened_n;
};

static void sharing_add(void *arg, const struct server *server)
{
    struct sharing *sharing = arg;
    if (server->tls) {
        server_list_add(&sharing->servers, server, sharing->arena);
    }
}

/* A host of this name: "*.x" is any below x; "" if that is not plain. */
static struct str host_of(const struct server_name *name, struct arena *arena)
{
    if (name->regex || !name->name.n || str_ends(name->name, STR(".*"))) {
        return STR("");
    }
    if (str_starts(name->name, STR("*."))) {
        return arena_printf(arena, "any%.*s", STR_ARG(str_skip(name->name, 1)));
    }
    return str_starts(name->name, STR(".")) ? str_skip(name->name, 1) : name->name;
}

static bool sharing_covers(X509 *cert, const struct server *server, struct arena *arena,
                           struct str *name)
{
    for (size_t i = 0; i < server->names_n; i++) {
        struct str host = host_of(&server->names[i], arena);
        if (host.n && cert_host_code(cert, arena_cstr(arena, host)) == X509_V_OK) {
            *name = server->names[i].name;
            return true;
        }
    }
    return false;
}

/* Whether all have the same requirements, so that each may share with each. */
static bool is_uniform(const struct server_list *servers)
{
    for (size_t i = 1; i < servers->n; i++) {
        if (!tls_server_same_demand(servers->items[0]->tls, servers->items[i]->tls)) {
            return false;
        }
    }
    return true;
}

/* What a browser may have a connection for; servers with the same context count once. */
static void add_opened(struct sharing *sharing, struct strmap *seen, const struct server *server)
{
    X509 *cert;
    for (size_t i = 0; (cert = tls_server_certificate(server->tls, i)); i++) {
        const void *const both[] = {server->tls, cert};
        struct str key = {(const char *)both, sizeof(both)};
        struct str name;
        if (strmap_get(seen, key) || !sharing_covers(cert, server, sharing->arena, &name)) {
            continue;
        }
        struct opened *opened =
            vec_push(sharing->arena, &sharing->opened, &sharing->opened_n, sizeof(*opened));
        *opened = (struct opened){server->tls, cert, name};
        strmap_put(seen, sharing->arena, arena_dup(sharing->arena, key), cert);
    }
}

static void sharing_look(const struct checked *checked, struct findings *findings,
                         const struct sharing *sharing, const struct server *guarded)
{
    if (tls_server_verify_mode(guarded->tls) == VERIFY_OFF) {
        return;
    }
    for (size_t i = 0; i < sharing->opened_n; i++) {
        const struct opened *opened = &sharing->opened[i];
        struct str name;
        if (tls_server_same_demand(opened->tls, guarded->tls) ||
            !sharing_covers(opened->cert, guarded, checked->arena, &name)) {
            continue;
        }
        finding_add(checked, findings, RULE_COALESCING,
                    (struct line_place){guarded->file, guarded->line},
                    "the certificate of \"%.*s\" is also for \"%.*s\", which has other "
                    "requirements: a browser that uses one connection for both gets 421 and has "
                    "to connect again",
                    STR_ARG(opened->name), STR_ARG(name));
        return; /* one for each server is enough */
    }
}

static void look_at_listener(const struct checked *checked, struct findings *findings,
                             const struct listener *listener)
{
    struct sharing sharing = {.arena = checked->arena};
    struct strmap seen = {NULL};
    listener_each(listener, sharing_add, &sharing);
    if (is_uniform(&sharing.servers)) {
        return;
    }
    for (size_t i = 0; i < sharing.servers.n; i++) {
        if (sharing.servers.items[i]->settings.tls.http2) {
            add_opened(&sharing, &seen, sharing.servers.items[i]);
        }
    }
    for (size_t i = 0; i < sharing.servers.n; i++) {
        sharing_look(checked, findings, &sharing, sharing.servers.items[i]);
    }
}

void find_in_sharing(const struct checked *checked, struct findings *findings)
{
    for (size_t i = 0; i < checked->settings->listeners_n; i++) {
        if (checked->settings->listeners[i]->ssl) {
            look_at_listener(checked, findings, checked->settings->listeners[i]);
        }
    }
}
