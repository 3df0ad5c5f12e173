/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/door.h"

#include <arpa/inet.h>

#include "base/vec.h"
#include "check/door_question.h"
#include "check/reach.h"
#include "http/uri.h"
#include "script/example.h"
#include "script/regex.h"
#include "site/listener.h"
#include "site/location.h"

/* --- names --- */

static const struct str NAME_NOBODY_HAS = STR_INIT("yett-probe.invalid");

static bool name_leads_to(const struct listener *listener, struct str name,
                          const struct server *server)
{
    const struct regex *failed = NULL;
    const struct server *found = listener_find(listener, name, NULL, &failed);
    return (found ? found : listener->fallback) == server && !failed;
}

static struct str name_example(const struct server_name *pattern, bool full, struct arena *arena)
{
    struct str name = pattern->name;
    if (pattern->regex) {
        return arena_lower(arena, example_of(str_of(regex_pattern(pattern->regex)), full, arena));
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
    for (size_t i = 0; i < 2 * server->names_n; i++) { /* each pattern has two examples */
        struct str name = name_example(&server->names[i / 2], i % 2, arena);
        if (name.n && host_valid(name) && name_leads_to(listener, name, server)) {
            *out = name;
            return true;
        }
    }
    *out = NAME_NOBODY_HAS;
    return name_leads_to(listener, *out, server);
}

/* --- a path that leads to a door --- */

struct search {
    const struct settings *settings;
    struct arena *arena;
    struct probe_door door; /* without its path */
    struct probe_door found;
    bool is_found;
};

/* What a client that is let in by the other rules gets there. False: it does not get there. */
static bool path_leads_here(const struct search *search, const struct probe_door *door)
{
    static const struct verdict NONE = {.status = VERDICT_NO_CERTIFICATE};
    const unsigned open = FACT_PEER | FACT_METHOD | FACT_ARGS;
    struct straight straight = {0};
    bool all = straight_ask_valid(search->settings, door, open, &straight);
    all = straight_ask(search->settings, door, &NONE, open, &straight) && all;
    (void)all;                                  /* one way is enough */
    return straight.enters || !straight.misses; /* the server decides before it searches */
}

static bool door_guard(const struct search *search, struct probe_door *door)
{
    bool shut = straight_is_shut(search->settings, door, &door->refusals);
    if (!shut && door->checked->state == DOOR_SHUT) {
        door->shows_page = true;
        shut = straight_is_shut(search->settings, door, &door->refusals);
    }
    return shut;
}

/* True: no better path needs to be tried. */
static bool path_try_door(struct search *search, struct str path)
{
    struct straight valid = {0};
    struct probe_door door = search->door;
    bool is_shut = door.checked->state == DOOR_SHUT;
    door.path = path;
    if (!path.n || path.p[0] != '/' || !path_leads_here(search, &door)) {
        return false;
    }
    door.guarded = door_guard(search, &door);
    bool known = straight_ask_valid(search->settings, &door, 0, &valid);
    door.valid_refusals = valid.refusals;
    door.opens = known && valid.opens;
    if ((is_shut && !door.guarded) || (!is_shut && !door.opens)) {
        return false;
    }
    if (!search->is_found || door.opens) {
        search->found = door;
        search->is_found = true;
    }
    return door.opens;
}

static bool try_prefix(struct search *search, const struct location *location)
{
    /* A pattern that takes all other paths away may stop at a line feed. */
    static const char *const TAILS[] = {"x", "", "/x", "yett-probe/x", "%0Ax"};
    struct str name = uri_escape(ESCAPE_URI, location->name, search->arena);
    if (location->kind == LOCATION_EXACT) {
        return path_try_door(search, name);
    }
    for (size_t i = 0; i < COUNT_OF(TAILS); i++) {
        if (path_try_door(search, arena_concat(search->arena, name, str_of(TAILS[i])))) {
            return true;
        }
    }
    return false;
}

static struct str location_example(const struct location *location, bool full, struct arena *arena)
{
    return location->kind == LOCATION_REGEX
               ? example_of(str_of(regex_pattern(location->regex)), full, arena)
               : location->name;
}

/* Guesses, alone and below what the location is nested in; and words that patterns often have. */
static bool try_regex(struct search *search, const struct location *location)
{
    static const char *const BEFORE[] = {"/x", "", "/", "/x/"};
    static const char *const TRIALS[] = {"/x.php",   "/x.html",          "/x.js",   "/x.css",
                                         "/x.png",   "/x.jpg",           "/x.json", "/api/x",
                                         "/admin/x", "/x.git/info/refs", "/x/y",    "/1"};
    struct arena *arena = search->arena;
    for (size_t full = 0; full < 2; full++) {
        struct str path = location_example(location, full, arena);
        for (size_t i = 0; i < COUNT_OF(BEFORE); i++) {
            struct str whole = arena_concat(arena, str_of(BEFORE[i]), path);
            if (path_try_door(search, uri_escape(ESCAPE_URI, whole, arena))) {
                return true;
            }
        }
        for (const struct location *p = location->parent; p; p = p->parent) {
            path = arena_concat(arena, location_example(p, full, arena), path);
            if (path_try_door(search, uri_escape(ESCAPE_URI, path, arena))) {
                return true;
            }
        }
    }
    for (size_t i = 0; i < COUNT_OF(TRIALS); i++) {
        if (path_try_door(search, str_of(TRIALS[i]))) {
            return true;
        }
    }
    return false;
}

static void search_path(struct search *search)
{
    const struct location *location = search->door.checked->location;
    if (!location) {
        (void)(path_try_door(search, STR("/yett-probe")) || path_try_door(search, STR("/")) ||
               path_try_door(search, STR("/%0Ax")));
    } else if (location->kind == LOCATION_REGEX) {
        (void)try_regex(search, location);
    } else {
        (void)try_prefix(search, location);
    }
}

/* --- all doors --- */

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

static struct address peer_of(struct address address, bool loopback)
{
    struct address own;
    return loopback && address_parse(STR("127.0.0.1"), 1, &own) ? own : address;
}

/* `told`: the check speaks of it; else it counts only if a valid certificate opens it. */
static void add_probe_door(struct search *search, struct probe_doors *out, bool told)
{
    struct probe_door *door = &search->door;
    struct str name;
    if (probe_name_of(door->listener, door->server, search->arena, &name)) {
        door->host = name;
        door->sni = door->secure ? name : STR("");
        search_path(search);
    }
    bool is_shut = door->checked->state == DOOR_SHUT;
    if (search->is_found ? told || search->found.opens : told && is_shut) {
        struct probe_door *slot = vec_push(search->arena, &out->items, &out->n, sizeof(*slot));
        *slot = search->is_found ? search->found : *door;
        slot->unreachable = !slot->path.n && door_is_unreachable(search->settings, door->checked);
        slot->guarded = slot->guarded || is_shut;
    }
}

/* Where the server shuts every path, the check does not ask about its locations: each is shut. */
static void add_behind(struct search *search, struct probe_doors *out)
{
    struct doors doors;
    const struct checked_door *server = search->door.checked;
    location_doors(server->server, search->arena, &doors);
    for (size_t i = 0; i < doors.n; i++) {
        struct checked_door *door = arena_alloc(search->arena, sizeof(*door));
        *door = *server;
        door->location = doors.items[i].location;
        door->any_path = false;
        if (door->location && !doors.items[i].redirects) {
            struct search behind = *search;
            behind.door.checked = door;
            behind.is_found = false;
            add_probe_door(&behind, out, false);
        }
    }
}

void probe_doors_find(const struct settings *settings, const struct checked_doors *checked,
                      bool loopback, struct arena *arena, struct probe_doors *out)
{
    *out = (struct probe_doors){0};
    size_t no_client_n;
    const struct told *no_client = door_no_client(settings, arena, &no_client_n);
    for (size_t i = 0; i < checked->n; i++) {
        const struct checked_door *door = &checked->items[i];
        struct address address = reachable(door->listener);
        struct search search = {
            .settings = settings,
            .arena = arena,
            .door =
                {
                    .checked = door,
                    .listener = door->listener,
                    .server = door->server,
                    .address = address,
                    .shown = address,
                    .peer = peer_of(address, loopback),
                    .secure = door->listener->ssl,
                    .method = STR("GET"),
                    .no_client = no_client,
                    .no_client_n = no_client_n,
                },
        };
        add_probe_door(&search, out, true);
        if (door->any_path && door->state == DOOR_SHUT) {
            add_behind(&search, out);
        }
    }
}
