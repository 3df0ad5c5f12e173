/* SPDX-License-Identifier: Apache-2.0 */
/* Servers with different requirements that a browser puts on one connection: RFC 9113, 9.1.1. */
#include "check/finding.h"
#include "pki/cert_host.h"
#include "site/listener.h"
#include "site/server.h"
#include "tls/server.h"

struct sharing {
    struct server_list servers; /* of one listener */
    struct arena *arena;
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

/* Whether a connection for `first` may be used for `guarded`: *name of both are in a certificate
 * of `first`. */
static bool may_share(const struct server *first, const struct server *guarded, struct arena *arena,
                      struct str names[2])
{
    X509 *cert;
    for (size_t i = 0; (cert = tls_server_certificate(first->tls, i)); i++) {
        if (sharing_covers(cert, first, arena, &names[0]) &&
            sharing_covers(cert, guarded, arena, &names[1])) {
            return true;
        }
    }
    return false;
}

static void sharing_look(const struct checked *checked, struct findings *findings,
                         const struct server_list *servers, const struct server *guarded)
{
    if (tls_server_verify_mode(guarded->tls) == VERIFY_OFF) {
        return;
    }
    for (size_t i = 0; i < servers->n; i++) {
        const struct server *first = servers->items[i];
        struct str names[2];
        if (first == guarded || !first->settings.tls.http2 ||
            tls_server_same_demand(first->tls, guarded->tls) ||
            !may_share(first, guarded, checked->arena, names)) {
            continue;
        }
        finding_add(checked, findings, RULE_COALESCING,
                    (struct line_place){guarded->file, guarded->line},
                    "the certificate of \"%.*s\" is also for \"%.*s\", which has other "
                    "requirements: a browser that uses one connection for both gets 421 and has "
                    "to connect again",
                    STR_ARG(names[0]), STR_ARG(names[1]));
        return; /* one for each server is enough */
    }
}

void find_in_sharing(const struct checked *checked, struct findings *findings)
{
    for (size_t i = 0; i < checked->settings->listeners_n; i++) {
        struct sharing sharing = {.arena = checked->arena};
        if (checked->settings->listeners[i]->ssl) {
            listener_each(checked->settings->listeners[i], sharing_add, &sharing);
        }
        for (size_t k = 0; k < sharing.servers.n; k++) {
            sharing_look(checked, findings, &sharing.servers, sharing.servers.items[k]);
        }
    }
}
