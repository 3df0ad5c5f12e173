/* SPDX-License-Identifier: Apache-2.0 */
#include "site/server.h"

#include <assert.h>

#include "base/vec.h"
#include "site/client.h"
#include "site/listener.h"
#include "tls/server.h"

/*
 * The requirements that the connection was accepted under must be those of this server (RFC 9110,
 * 7.4): the client was never checked against others, however valid its certificate was elsewhere.
 */
static bool is_misdirected(const struct walk *walk, const struct server *server)
{
    if (!walk->facts.secure || server == walk->facts.entered) {
        return false;
    }
    const struct tls_server *here = server->tls, *asked = walk->facts.entered->tls;
    if (!here || !asked) {
        return true; /* what is demanded there cannot be told */
    }
    return tls_server_verify_mode(here) != VERIFY_OFF && !tls_server_same_demand(here, asked);
}

/*
 * A connection that was accepted before a reload may bring its first request after it: the new
 * configuration's demands are made of it as well, by having the client come again.
 */
static bool terms_hold(struct walk *walk)
{
    const struct demands *demands = walk->facts.demands;
    walk->facts.demands = NULL; /* they may be exchanged, and nothing comes back to this step */
    bool demanding =
        walk->facts.secure || walk->settings->policies_n; /* TLS, or networks of a policy */
    return !demanding || !demands || demands_hold(demands, walk->facts.listener, walk->server);
}

/* Another connection is what the client needs (RFC 9110, 15.5.20). */
static enum walk_step send_elsewhere(struct decision *out)
{
    *out = (struct decision){.kind = DECISION_STATUS, .status = 421, .ends_connection = true};
    return WALK_OVER;
}

static void forget_target(struct walk *walk)
{
    walk->path = walk->args = STR("");
    walk->facts.unknown &= ~(unsigned)(FACT_PATH | FACT_ARGS);
}

void server_list_add(struct server_list *list, const struct server *server, struct arena *arena)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i] == server) {
            return;
        }
    }
    const struct server **slot = vec_push(arena, &list->items, &list->n, sizeof(*list->items));
    *slot = server;
}

struct candidates {
    struct server_list servers;
    struct arena *arena;
};

static void server_add_candidate(void *arg, const struct server *server)
{
    struct candidates *candidates = arg;
    server_list_add(&candidates->servers, server, candidates->arena);
}

/* Its name may be a pattern, whose named groups are variables. */
static void suppose_name(struct walk *walk, const struct server *server)
{
    for (size_t i = 0; i < server->names_n; i++) {
        if (server->names[i].regex) {
            scope_match_unknown(&walk->scope, server->names[i].regex);
        }
    }
}

static const struct server *choose_server(struct walk *walk)
{
    const struct server *server = walk->facts.selected;
    if (!server) {
        struct candidates candidates = {.arena = walk->scope.arena};
        listener_each(walk->facts.listener, server_add_candidate, &candidates);
        assert(candidates.servers.n > 0); /* the fallback at least */
        server = candidates.servers.items[walk_choose(walk, candidates.servers.n)];
        walk_suppose(walk, server->file, server->line, "Host selects the server \"%.*s\"",
                     STR_ARG(server->name));
    }
    suppose_name(walk, server);
    return server;
}

/* NULL: the one that was entered; or a pattern hit its limit, which the walk sees by itself. */
static const struct server *find_server(struct walk *walk)
{
    const struct listener *listener = walk->facts.listener;
    if (!walk_knows(walk, FACT_HOST)) {
        return choose_server(walk);
    }
    if (walk->host.n) {
        const struct regex *failed = NULL;
        const struct server *server = listener_find(listener, walk->host, &walk->scope, &failed);
        return server || failed ? server : listener->fallback;
    }
    return walk->facts.has_host ? NULL : strmap_get(&listener->exact, STR(""));
}

enum walk_step server_step(struct walk *walk, struct decision *out)
{
    assert(walk->server == walk->facts.entered); /* the first step, taken once */
    const struct server *server = find_server(walk);
    if (walk->scope.failed) {
        return WALK_SERVER;
    }
    if (server && is_misdirected(walk, server)) {
        walk_note(walk, server->file, server->line,
                  "server \"%.*s\": its requirements for clients are not those of the connection",
                  STR_ARG(server->name));
        walk_say(walk, LEVEL_INFO,
                 "client attempted to request the server name different from the one that was "
                 "negotiated");
        if (client_refusal(walk)) {
            /* error_page of a server that did not let the client in: not at a place it chose. */
            forget_target(walk);
        }
        return send_elsewhere(out);
    }
    if (server) {
        walk->server = server;
        walk->location = &server->root;
    }
    assert(walk->location == &walk->server->root);
    walk_note(walk, walk->server->file, walk->server->line, "server \"%.*s\"",
              STR_ARG(walk->server->name));
    if (!terms_hold(walk)) {
        walk_say(walk, LEVEL_INFO, "the requirements for clients changed at the reload");
        forget_target(walk); /* nothing of the old server's is shown */
        return send_elsewhere(out);
    }
    return WALK_CLIENT;
}
