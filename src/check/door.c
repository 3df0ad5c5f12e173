/* SPDX-License-Identifier: Apache-2.0 */
#include "check/door.h"

#include <assert.h>
#include <openssl/x509_vfy.h>

#include "base/vec.h"
#include "check/content.h"
#include "http/status.h"
#include "site/client.h"
#include "site/listener.h"
#include "site/location.h"
#include "site/server.h"

enum { WAYS_PER_QUESTION = 4096, VERIFY_CODES = 100 };

/* --- one question --- */

struct asking {
    const struct settings *settings;
    struct arena *arena;
    const struct listener *listener;
    const struct server *server;
    const struct told *no_client; /* $ssl_client_* without a certificate */
    size_t no_client_n;
    struct checked_doors *out;
};

/* A client that has no verified certificate. */
struct stranger {
    const char *text;
    struct verdict verdict;
    bool has_certificate;
    bool plain_on_tls;
    const struct server *other; /* Host selects this server, SNI the one that is asked about */
};

struct hearing {
    const struct door *door; /* NULL: ways that end before a location is looked for */
    struct str client;
    struct leaves leaves;
    struct arena *arena;
    size_t searched; /* ways that looked for a location */
    bool asked_reason;
};

/* What the asking of a door has found so far. */
struct tally {
    bool all; /* every way leads to content */
    bool asked_reason;
    size_t searched; /* ways that looked for a location */
};

/* What a way leads to; NULL: to nothing that is worth a guard. */
static const struct passage *passage_end(const struct hearing *hearing, const struct answer *answer,
                                         struct passage *out)
{
    *out = (struct passage){.is_known = true, .client = hearing->client};
    if (answer->cut || answer->decision.kind == DECISION_UNKNOWN) {
        out->is_known = false;
        out->to = answer->cut ? STR("too many unknown facts on this way")
                              : STR("the target of a redirect depends on the request");
        return out;
    }
    out->end = answer->walk->location;
    return content_of(answer, hearing->arena, &out->to) ? out : NULL;
}

static void door_hear(void *arg, const struct answer *answer)
{
    struct hearing *hearing = arg;
    const struct location_settings *entry = answer->walk->entry;
    hearing->searched += entry != NULL;
    hearing->asked_reason |= answer->asked_reason;
    bool is_ours = hearing->door ? entry && entry->location == hearing->door->location : !entry;
    if (!is_ours && !answer->cut) {
        return; /* a rewrite chose another location; or that is the concern of the doors */
    }
    struct passage ended;
    leaves_add(&hearing->leaves, answer, passage_end(hearing, answer, &ended), hearing->arena);
}

/* False: there were more ways than are tried. */
static bool door_ask(const struct asking *asking, const struct stranger *stranger,
                     struct hearing *hearing)
{
    bool secure = asking->server->tls && asking->listener->ssl && !stranger->plain_on_tls;
    struct question question = {
        .settings = asking->settings,
        .facts =
            {
                .listener = asking->listener,
                .entered = asking->server,
                .secure = secure,
                .plain_on_tls = stranger->plain_on_tls,
                .has_host = true,
                .verdict = &stranger->verdict,
                .selected = stranger->other ? stranger->other : asking->server,
                .door = hearing->door,
                .unknown = FACT_HOST | FACT_PATH | FACT_ARGS | FACT_METHOD | FACT_PEER,
            },
        .told = asking->no_client,
        .told_n = stranger->has_certificate ? 0 : asking->no_client_n,
        .budget = WAYS_PER_QUESTION,
        .follow = content_follow,
    };
    hearing->client = str_of(stranger->text);
    return site_walk(&question, door_hear, hearing);
}

/* --- a door --- */

static void passages_append(struct passages *all, const struct passages *more, struct arena *arena)
{
    for (size_t i = 0; i < more->n; i++) {
        struct passage *slot = vec_push(arena, &all->items, &all->n, sizeof(*slot));
        *slot = more->items[i];
    }
}

static void add_unknown(struct passages *all, struct str why, struct arena *arena)
{
    struct passage *slot = vec_push(arena, &all->items, &all->n, sizeof(*slot));
    *slot = (struct passage){.to = why, .client = STR("")};
}

/* Asks for each of the strangers; adds what they find. */
static void door_try(const struct asking *asking, const struct door *door,
                     const struct stranger *strangers, size_t n, struct checked_door *out,
                     struct tally *tally)
{
    for (size_t i = 0; i < n; i++) {
        struct hearing hearing = {.door = door, .arena = asking->arena};
        struct passages passages;
        bool every;
        bool complete = door_ask(asking, &strangers[i], &hearing);
        passages_of(&hearing.leaves, asking->arena, &passages, &every);
        passages_append(&out->passages, &passages, asking->arena);
        tally->all = tally->all && every && complete;
        tally->asked_reason |= hearing.asked_reason;
        tally->searched += hearing.searched;
        if (!complete) {
            add_unknown(&out->passages, STR("there are more ways than are tried"), asking->arena);
        }
    }
}

static enum door_state state_of(const struct passages *passages, bool all)
{
    bool unknown = false, known = false;
    for (size_t i = 0; i < passages->n; i++) {
        known = known || passages->items[i].is_known;
        unknown = unknown || !passages->items[i].is_known;
    }
    if (!known) {
        return unknown ? DOOR_UNKNOWN : DOOR_SHUT;
    }
    return all ? DOOR_OPEN : DOOR_OPEN_IF;
}

/* --- who tries --- */

static const struct stranger NO_CERTIFICATE = {"no certificate",
                                               {.status = VERDICT_NO_CERTIFICATE}};
static const struct stranger UNKNOWN_CA[] = {
    {"a self-signed certificate",
     {.status = VERDICT_BAD, .code = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
     true},
    {"a certificate under a self-signed CA",
     {.status = VERDICT_BAD, .code = X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN},
     true},
    {"a certificate of an unknown CA",
     {.status = VERDICT_BAD, .code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
     true},
    {"a certificate alone, of an unknown CA",
     {.status = VERDICT_BAD, .code = X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE},
     true},
};

static enum verify_mode mode_of(const struct asking *asking)
{
    const struct tls_server *tls = asking->listener->ssl ? asking->server->tls : NULL;
    return tls ? tls_server_verify_mode(tls) : VERIFY_OFF;
}

/* A location can be reached by these; all others are refused before it is looked for. */
static void check_location(const struct asking *asking, const struct location *location,
                           struct checked_door *out, struct tally *tally)
{
    const struct door by_name = {location, false}, without_slash = {location, true};
    struct tally redirected = {0};
    enum verify_mode mode = mode_of(asking);
    if (mode != VERIFY_ON) {
        door_try(asking, &by_name, &NO_CERTIFICATE, 1, out, tally);
    }
    if (mode == VERIFY_OPTIONAL_NO_CA) {
        door_try(asking, &by_name, UNKNOWN_CA, COUNT_OF(UNKNOWN_CA), out, tally);
    }
    if (mode != VERIFY_ON && location && location->auto_redirect) {
        /* To the name itself: no content, unless an error page for 301 has some. */
        door_try(asking, &without_slash, &NO_CERTIFICATE, 1, out, &redirected);
    }
    out->state = state_of(&out->passages, tally->all);
}

static bool has_page_for(const struct server *server, int a, int b)
{
    const struct error_pages *pages = &server->root.error_pages;
    for (size_t i = 0; i < pages->n; i++) {
        if (pages->items[i].status == a || pages->items[i].status == b) {
            return true;
        }
    }
    return false;
}

static void find_other(void *arg, const struct server *server)
{
    struct stranger *stranger = arg;
    if (server != stranger->other && server->tls &&
        tls_server_verify_mode(server->tls) != VERIFY_OFF) {
        stranger->other = server;
    }
}

/* Clients that are refused before the path is looked at: an error page may lead somewhere. */
static void check_refused(const struct asking *asking, struct checked_door *out)
{
    struct tally tally = {.all = true};
    const struct server *server = asking->server;
    enum verify_mode mode = mode_of(asking);
    const struct stranger plain = {
        "plain HTTP on the TLS port", {.status = VERDICT_NO_CERTIFICATE}, .plain_on_tls = true};
    if (!asking->listener->ssl || !server->root.error_pages.n) {
        return;
    }
    door_try(asking, NULL, &plain, 1, out, &tally);
    if (mode == VERIFY_ON) {
        door_try(asking, NULL, &NO_CERTIFICATE, 1, out, &tally);
    }
    for (int code = 1;
         mode != VERIFY_OFF && has_page_for(server, STATUS_CERT_ERROR, 400) && code < VERIFY_CODES;
         code++) {
        const struct stranger bad = {
            "a certificate that is not valid", {.status = VERDICT_BAD, .code = code}, true};
        door_try(asking, NULL, &bad, 1, out, &tally);
        if (!tally.asked_reason) {
            break; /* the other reasons lead nowhere else */
        }
    }
    struct stranger misdirected = {
        "Host of another server block", {.status = VERDICT_NO_CERTIFICATE}, .other = server};
    listener_each(asking->listener, find_other, &misdirected);
    if (misdirected.other != server && has_page_for(server, 421, 421)) {
        door_try(asking, NULL, &misdirected, 1, out, &tally);
    }
    out->state = state_of(&out->passages, false);
}

/* --- all of them --- */

static struct checked_door door_of(const struct asking *asking, const struct location *location)
{
    return (struct checked_door){
        .listener = asking->listener, .server = asking->server, .location = location};
}

static void add_door(const struct asking *asking, const struct checked_door *door)
{
    struct checked_door *slot =
        vec_push(asking->arena, &asking->out->items, &asking->out->n, sizeof(*slot));
    *slot = *door;
}

/* The server's program answers before it looks for a location. */
static void check_any_path(const struct asking *asking)
{
    struct tally tally = {.all = true};
    struct checked_door door = door_of(asking, NULL);
    door.any_path = true;
    door_try(asking, NULL, &NO_CERTIFICATE, 1, &door, &tally);
    if (mode_of(asking) == VERIFY_OPTIONAL_NO_CA) {
        door_try(asking, NULL, UNKNOWN_CA, COUNT_OF(UNKNOWN_CA), &door, &tally);
    }
    door.state = state_of(&door.passages, tally.all);
    add_door(asking, &door);
}

/* A location "/" takes every path of a request that no other takes. */
static bool takes_all(const struct locations *locations)
{
    for (size_t i = 0; i < locations->prefixes_n; i++) {
        const struct location *location = locations->prefixes[i];
        if (location->kind != LOCATION_EXACT && str_eq(location->name, STR("/"))) {
            return true;
        }
    }
    return false;
}

static void check_server(void *arg, const struct server *server)
{
    struct asking *asking = arg;
    struct doors doors;
    asking->server = server;
    struct checked_door refused = door_of(asking, NULL);
    refused.any_path = true;
    check_refused(asking, &refused);
    if (refused.state != DOOR_SHUT) {
        add_door(asking, &refused);
    }
    location_doors(server, asking->arena, &doors);
    for (size_t i = 0; i < doors.n; i++) {
        const struct location *location = doors.items[i].location;
        if (doors.items[i].redirects || (!location && takes_all(&server->locations))) {
            continue; /* together with its location; or there is no such path */
        }
        struct tally tally = {.all = true};
        struct checked_door door = door_of(asking, location);
        check_location(asking, location, &door, &tally);
        if (i == 0 && tally.searched == 0 && mode_of(asking) != VERIFY_ON) {
            check_any_path(asking);
            break;
        }
        add_door(asking, &door);
    }
}

/* Without a certificate each of them is empty, but for the verdict, which the walk knows. */
static void tell_no_client(struct asking *asking, struct arena *arena)
{
    struct told *told = NULL;
    size_t n = 0;
    const struct variables *vars = &asking->settings->vars;
    for (size_t i = 0; i < vars->n; i++) {
        struct str name = vars->items[i]->name;
        if (vars->items[i]->kind == VARIABLE_BUILTIN && str_starts(name, STR("ssl_client_")) &&
            !str_eq(name, STR("ssl_client_verify"))) {
            struct told *slot = vec_push(arena, &told, &n, sizeof(*slot));
            *slot = (struct told){name, STR("")};
        }
    }
    asking->no_client = told;
    asking->no_client_n = n;
}

/* Each once, in the order in which a listener's names select them. */
struct unique {
    struct server_list servers;
    struct arena *arena;
};

static void unique_add(void *arg, const struct server *server)
{
    struct unique *unique = arg;
    server_list_add(&unique->servers, server, unique->arena);
}

void doors_find(const struct settings *settings, struct arena *arena, struct checked_doors *out)
{
    *out = (struct checked_doors){0};
    struct asking asking = {.settings = settings, .arena = arena, .out = out};
    tell_no_client(&asking, arena);
    for (size_t i = 0; i < settings->listeners_n; i++) {
        struct unique unique = {.arena = arena};
        asking.listener = settings->listeners[i];
        listener_each(asking.listener, unique_add, &unique);
        for (size_t k = 0; k < unique.servers.n; k++) {
            check_server(&asking, unique.servers.items[k]);
        }
    }
}

const char *door_state_word(enum door_state state)
{
    static const char *const WORDS[] = {
        [DOOR_SHUT] = "shut",
        [DOOR_OPEN_IF] = "open if",
        [DOOR_OPEN] = "open",
        [DOOR_UNKNOWN] = "cannot tell",
    };
    assert(state < COUNT_OF(WORDS));
    return WORDS[state];
}
