/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/door.h"

#include <arpa/inet.h>
#include <openssl/x509_vfy.h>

#include "base/vec.h"
#include "http/uri.h"
#include "site/listener.h"
#include "site/question.h"
#include "tls/server.h"

enum { WAYS_BUDGET = 4000 };

/* --- one question --- */

static const struct verdict VALID = {.status = VERDICT_GOOD, .code = X509_V_OK};

/* The clients to keep out: one of each kind that ssl_verify_client treats in a way of its own. */
static const struct verdict REFUSED[] = {
    {.status = VERDICT_NO_CERTIFICATE, .code = X509_V_OK},
    {.status = VERDICT_BAD, .code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {.status = VERDICT_BAD, .code = X509_V_ERR_CERT_HAS_EXPIRED},
};

struct heard {
    bool lets_in;
    bool reached; /* a way in ends in this location, or was redirected, perhaps by it */
    const struct location *location;
    struct probe_statuses refusals;
};

bool probe_statuses_have(const struct probe_statuses *statuses, int status)
{
    for (size_t i = 0; i < statuses->n; i++) {
        if (statuses->items[i] == status) {
            return true;
        }
    }
    return false;
}

static void statuses_add(struct probe_statuses *statuses, int status)
{
    if (!probe_statuses_have(statuses, status) && statuses->n < PROBE_STATUSES_MAX) {
        statuses->items[statuses->n++] = status;
    }
}

/* A page of error_page is no way in: its status was decided before. */
static bool leads_in(const struct answer *answer)
{
    if (answer->cut) {
        return true;
    }
    switch (answer->decision.kind) {
    case DECISION_HANDLER: return !answer->walk->for_error;
    case DECISION_TEXT: return !answer->walk->for_error && answer->decision.status / 100 == 2;
    case DECISION_UNKNOWN: return true;
    default: return false;
    }
}

static void hear(void *arg, const struct answer *answer)
{
    struct heard *heard = arg;
    const struct location *location = answer->walk->location->location;
    if (leads_in(answer)) {
        heard->lets_in = true;
        heard->reached = heard->reached || location == heard->location || answer->walk->internal;
        return;
    }
    heard->refusals.by_handler =
        heard->refusals.by_handler || answer->decision.kind == DECISION_HANDLER;
    statuses_add(&heard->refusals, answer_status(answer));
}

/* The request is straight: its SNI and Host name the same server. False: not every way is known. */
static bool probe_door_ask(const struct settings *settings, const struct probe_door *door,
                           const struct verdict *verdict, struct heard *heard)
{
    struct question question = {
        .settings = settings,
        .facts = {.listener = door->listener,
                  .entered = door->server,
                  .secure = door->secure,
                  .has_host = door->host.n > 0,
                  .verdict = verdict,
                  .peer = &door->peer},
        .host = door->host,
        .method_name = door->method,
        .target = door->path,
        .budget = WAYS_BUDGET,
    };
    return site_walk(&question, hear, heard);
}

/* Whether none of the clients to keep out is let in. */
static bool door_is_shut(const struct settings *settings, const struct probe_door *door,
                         struct probe_statuses *refusals)
{
    struct heard heard = {.location = NULL};
    for (size_t i = 0; i < COUNT_OF(REFUSED); i++) {
        if (!probe_door_ask(settings, door, &REFUSED[i], &heard) || heard.lets_in) {
            return false;
        }
    }
    *refusals = heard.refusals;
    return true;
}

void probe_expect(const struct settings *settings, const struct probe_door *door, struct str host,
                  struct str method, struct str target, struct probe_expectation *out)
{
    struct arena arena;
    struct uri uri;
    struct str name = STR("");
    const struct regex *failed = NULL;
    arena_init(&arena, 0);
    *out = (struct probe_expectation){.shut = true, .refusals = door->refusals};
    bool is_host = host.n == 0 || host_normalize(host, &arena, &name);
    const struct server *server =
        is_host ? listener_find(door->listener, name, NULL, &failed) : NULL;
    server = server ? server : door->listener->fallback;
    if (is_host && uri_parse(target, server->settings.merge_slashes, &arena, &uri)) {
        struct probe_door straight = *door;
        straight.server = server;
        straight.host = name;
        straight.path = target;
        straight.method = method;
        out->shut = door_is_shut(settings, &straight, &out->refusals);
    }
    arena_deinit(&arena);
}

/* --- names --- */

static const struct str NAME_NOBODY_HAS = STR_INIT("yett-probe.invalid");

static bool name_leads_to(const struct listener *listener, struct str name,
                          const struct server *server)
{
    const struct regex *failed = NULL;
    const struct server *found = listener_find(listener, name, NULL, &failed);
    return (found ? found : listener->fallback) == server && !failed;
}

static struct str name_example(const struct server_name *pattern, struct arena *arena)
{
    struct str name = pattern->name;
    if (pattern->regex) {
        return STR("");
    }
    if (str_starts(name, STR("*."))) {
        return arena_concat(arena, STR("yett-probe"), str_skip(name, 1));
    }
    if (str_starts(name, STR("."))) {
        return str_skip(name, 1);
    }
    return str_ends(name, STR(".*"))
               ? arena_concat(arena, str_head(name, name.n - 1), STR("invalid"))
               : name;
}

bool probe_name_of(const struct listener *listener, const struct server *server,
                   struct arena *arena, struct str *out)
{
    for (size_t i = 0; i < server->names_n; i++) {
        struct str name = name_example(&server->names[i], arena);
        if (name.n && host_valid(name) && name_leads_to(listener, name, server)) {
            *out = name;
            return true;
        }
    }
    *out = NAME_NOBODY_HAS;
    return name_leads_to(listener, *out, server);
}

/* --- all doors --- */

struct search {
    const struct settings *settings;
    struct arena *arena;
    struct probe_doors *out;
    struct probe_door base; /* of the server */
};

/* Any local address is reached by way of loopback. */
static struct address reachable(const struct listener *listener)
{
    struct address address = listener->address;
    if (address.u.sa.sa_family == AF_INET && address.u.in.sin_addr.s_addr == htonl(INADDR_ANY)) {
        address.u.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    if (address.u.sa.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&address.u.in6.sin6_addr)) {
        address.u.in6.sin6_addr = in6addr_loopback;
    }
    return address;
}

/* Whether a valid certificate can open it, on some way that ends in this location. */
static bool door_opens(const struct search *search, struct probe_door *door,
                       const struct location *location)
{
    struct heard heard = {.location = location};
    bool known = probe_door_ask(search->settings, door, &VALID, &heard);
    door->valid_refusals = heard.refusals;
    return known && heard.reached;
}

/* False: the path leads elsewhere, or in for no client. */
static bool probe_door_try(struct search *search, const struct location *location, struct str path)
{
    struct probe_door door = search->base;
    door.path = path;
    if (!door_opens(search, &door, location)) {
        return false;
    }
    door.guarded = door_is_shut(search->settings, &door, &door.refusals);
    door.file = location ? location->file : door.server->file;
    door.line = location ? location->line : door.server->line;
    struct probe_door *slot =
        vec_push(search->arena, &search->out->items, &search->out->n, sizeof(*slot));
    *slot = door;
    return true;
}

static struct str location_path(struct arena *arena, const struct location *location,
                                const char *tail)
{
    struct str escaped = uri_escape(ESCAPE_URI, location->name, arena);
    return arena_concat(arena, escaped, str_of(tail));
}

static void add_prefix(struct search *search, const struct location *location)
{
    static const char *const TAILS[] = {"x", "", "/x", "yett-probe/x"};
    size_t n = location->kind == LOCATION_EXACT ? 2 : COUNT_OF(TAILS);
    for (size_t i = location->kind == LOCATION_EXACT; i < n; i++) {
        if (probe_door_try(search, location, location_path(search->arena, location, TAILS[i]))) {
            return;
        }
    }
}

/* A path that a pattern has is found by trial, with the words in it. */
static void add_regex(struct search *search, const struct location *location)
{
    static const char *const TRIALS[] = {"/x.php",   "/x.html",          "/x.js",   "/x.css",
                                         "/x.png",   "/x.jpg",           "/x.json", "/api/x",
                                         "/admin/x", "/x.git/info/refs", "/x/y",    "/1"};
    struct str pattern = location->name;
    char *word = arena_alloc(search->arena, pattern.n + 3);
    size_t n = 0;
    word[n++] = '/';
    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.p[i];
        if (char_is_alnum(c) || c == '-' || c == '_' || c == '.' || (c == '/' && n > 1)) {
            word[n++] = c;
        } else if (c == '|' || c == '(' || c == '[') {
            break;
        }
    }
    word[n++] = 'x';
    for (size_t i = 0; i < COUNT_OF(TRIALS); i++) {
        if (probe_door_try(search, location, str_of(TRIALS[i]))) {
            return;
        }
    }
    if (!probe_door_try(search, location, (struct str){word, n})) {
        (void)probe_door_try(search, location, (struct str){word, n - 1});
    }
}

static void add_locations(struct search *search, const struct locations *level)
{
    for (size_t i = 0; i < level->prefixes_n; i++) {
        add_prefix(search, level->prefixes[i]);
    }
    for (size_t i = 0; i < level->regexes_n; i++) {
        add_regex(search, level->regexes[i]);
    }
    /* One level is enough for most; what is nested is reached from the level above. */
    for (size_t i = 0; i < level->prefixes_n; i++) {
        add_locations(search, &level->prefixes[i]->nested);
    }
    for (size_t i = 0; i < level->regexes_n; i++) {
        add_locations(search, &level->regexes[i]->nested);
    }
}

static void add_server(void *arg, const struct server *server)
{
    struct search *search = arg;
    struct probe_door *base = &search->base;
    struct str name;
    bool asks = server->tls && tls_server_verify_mode(server->tls) != VERIFY_OFF;
    for (size_t i = 0; i < search->out->n; i++) {
        if (search->out->items[i].listener == base->listener &&
            search->out->items[i].server == server) {
            return; /* it has several names */
        }
    }
    if (!asks || !probe_name_of(base->listener, server, search->arena, &name)) {
        return;
    }
    base->server = server;
    base->host = name;
    base->sni = base->secure ? name : STR("");
    add_locations(search, &server->locations);
    (void)probe_door_try(search, NULL, STR("/yett-probe"));
}

static struct address peer_of(struct address address, bool loopback)
{
    struct address own;
    return loopback && address_parse(STR("127.0.0.1"), 1, &own) ? own : address;
}

void probe_doors_find(const struct settings *settings, bool loopback, struct arena *arena,
                      struct probe_doors *out)
{
    *out = (struct probe_doors){0};
    for (size_t i = 0; i < settings->listeners_n; i++) {
        const struct listener *listener = settings->listeners[i];
        struct address address = reachable(listener);
        struct search search = {settings,
                                arena,
                                out,
                                {.listener = listener,
                                 .address = address,
                                 .shown = address,
                                 .peer = peer_of(address, loopback),
                                 .secure = listener->ssl,
                                 .method = STR("GET")}};
        listener_each(listener, add_server, &search);
    }
}
