/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of clients that list whom to refuse, and let all others in. */
#include <string.h>

#include "base/vec.h"
#include "check/content.h"
#include "check/door_question.h"
#include "check/finding.h"
#include "check/uses.h"
#include "script/map.h"
#include "site/listener.h"
#include "site/location.h"
#include "site/question.h"
#include "site/server.h"

enum { WAYS_PER_LOCATION = 4096 };

/* A map that is asked about, and what a question says when it supposes the default. */
struct asked_map {
    const struct map *map;
    unsigned index; /* of its variable */
    struct str supposed;
};

/* One end of the ways of a valid client whose names are not known. */
struct client_end {
    bool leads;   /* to content */
    bool refused; /* with a status that says so */
    const struct fork *forks;
    size_t forks_n;
    const struct asked_map **defaults; /* by fork: the map whose default it takes; NULL: none */
};

struct client_ends {
    const struct checked *checked;
    struct findings *findings;
    const struct asked_map *maps;
    size_t maps_n;
    const struct listener *listener;
    const struct server *server;
    const struct door *door;
    struct client_end *items;
    size_t n;
    struct arena arena; /* of the ends of one question */
};

static const struct asked_map *default_of(const struct client_ends *ends,
                                          const struct trail_step *step)
{
    for (size_t i = 0; i < ends->maps_n; i++) {
        struct line_place place = map_default(ends->maps[i].map).place;
        bool same = place.line == step->line &&
                    (place.file == step->file ||
                     (place.file && step->file && strcmp(place.file, step->file) == 0));
        if (same && str_eq(step->text, ends->maps[i].supposed)) {
            return &ends->maps[i];
        }
    }
    return NULL;
}

static void end_hear(void *arg, const struct answer *answer)
{
    struct client_ends *ends = arg;
    struct arena *arena = &ends->arena;
    struct str to;
    const struct location_settings *entry = answer->walk->entry;
    if (!entry || entry->location != ends->door->location) {
        return;
    }
    struct fork *forks = arena_alloc(arena, (answer->forks_n + 1) * sizeof(*forks));
    const struct asked_map **defaults =
        arena_zalloc(arena, (answer->forks_n + 1) * sizeof(*defaults));
    memcpy(forks, answer->forks, answer->forks_n * sizeof(*forks));
    for (size_t i = 0; i < answer->forks_n; i++) {
        if (forks[i].step < answer->trail_n) {
            defaults[i] = default_of(ends, &answer->trail[forks[i].step]);
        }
    }
    struct client_end *end = vec_push(arena, &ends->items, &ends->n, sizeof(*end));
    *end = (struct client_end){
        .leads = !answer->cut && content_of(answer, arena, &to),
        .refused = answer->decision.kind == DECISION_CLOSE || answer_status(answer) >= 400,
        .forks = forks,
        .forks_n = answer->forks_n,
        .defaults = defaults,
    };
}

/* --- what differs at a map --- */

/* Once for a map, whichever locations ask it. */
static bool is_reported(const struct client_ends *ends, struct line_place place)
{
    for (size_t i = 0; i < ends->findings->n; i++) {
        const struct finding *finding = &ends->findings->items[i];
        if (finding->rule == RULE_DN_DEFAULT_ALLOWS && finding->place.line == place.line &&
            strcmp(finding->place.file, place.file) == 0) {
            return true;
        }
    }
    return false;
}

static void default_report(const struct client_ends *ends, const struct asked_map *asked)
{
    const struct location *location = ends->door->location;
    struct line_place place = map_default(asked->map).place;
    place = place.file ? place : map_place(asked->map);
    if (place.file && is_reported(ends, place)) {
        return;
    }
    finding_add(ends->checked, ends->findings, RULE_DN_DEFAULT_ALLOWS, place,
                "the map of %.*s lets clients that it does not list into location %.*s of server "
                "\"%.*s\", and refuses others",
                STR_ARG(map_subject(asked->map)->source),
                STR_ARG(location ? location->name : STR("(none)")), STR_ARG(ends->server->name));
}

/* The ends lo … hi took the same `depth` forks. */
static void ends_compare(const struct client_ends *ends, size_t lo, size_t hi, size_t depth)
{
    const struct client_end *items = ends->items;
    const struct asked_map *allows = NULL;
    bool refuses = false;
    if (items[lo].forks_n <= depth) {
        return;
    }
    for (size_t at = lo, end; at < hi; at = end) {
        bool any_leads = false, all_refused = true;
        for (end = at; end < hi && items[end].forks_n > depth &&
                       items[end].forks[depth].taken == items[at].forks[depth].taken;
             end++) {
            any_leads = any_leads || items[end].leads;
            all_refused = all_refused && items[end].refused;
        }
        if (end == at) {
            return; /* cut */
        }
        const struct asked_map *asked = items[at].defaults[depth];
        allows = asked && any_leads ? asked : allows;
        refuses = refuses || (!asked && all_refused);
        ends_compare(ends, at, end, depth + 1);
    }
    if (allows && refuses) {
        default_report(ends, allows);
    }
}

/* --- questions --- */

static void default_ask(struct client_ends *ends, const struct door *door)
{
    static const struct verdict good = {.status = VERDICT_GOOD};
    struct question question =
        door_question(ends->checked->settings, ends->listener, ends->server, &good);
    question.facts.door = door;
    question.budget = WAYS_PER_LOCATION;
    question.follow = content_follow;
    ends->door = door;
    ends->items = NULL;
    ends->n = 0;
    arena_init(&ends->arena, 0);
    /* Of too many ways only the first are compared. */
    bool complete = site_walk(&question, end_hear, ends);
    if (ends->n > 0) {
        ends_compare(ends, 0, complete ? ends->n : ends->n - 1, 0);
    }
    arena_deinit(&ends->arena);
}

static bool asks_a_map(const struct client_ends *ends, const struct server *server)
{
    struct uses uses;
    uses_by_server(ends->checked, server, &uses);
    for (size_t i = 0; i < ends->maps_n; i++) {
        if (uses.items[ends->maps[i].index]) {
            return true;
        }
    }
    return false;
}

static void default_server(struct client_ends *ends, const struct server *server)
{
    struct doors doors;
    if (!server->tls || tls_server_verify_mode(server->tls) == VERIFY_OFF ||
        !asks_a_map(ends, server)) {
        return;
    }
    ends->server = server;
    location_doors(server, ends->checked->arena, &doors);
    for (size_t i = 0; i < doors.n; i++) {
        if (!doors.items[i].redirects && !time_limit_reached(ends->checked->limit)) {
            default_ask(ends, &doors.items[i]);
        }
    }
}

/* $ssl_client_verify says whether there is a client, not which. */
static bool names_one_client(struct str name)
{
    return names_client(name) && !str_eq(name, STR("ssl_client_verify"));
}

/* Maps of what names a client: itself, or through `set`, groups of an `if`, and other maps. */
static void find_maps(const struct checked *checked, struct client_ends *ends)
{
    struct uses uses;
    uses_of(checked->settings, checked->arena, names_one_client, &uses);
    const struct variables *vars = &checked->settings->vars;
    struct asked_map *maps = NULL;
    for (size_t i = 0; i < vars->n; i++) {
        const struct variable *variable = vars->items[i];
        if (variable->kind == VARIABLE_MAP &&
            (template_has(map_subject(variable->source.map), names_client) ||
             uses_in(&uses, map_subject(variable->source.map)))) {
            struct asked_map *slot = vec_push(checked->arena, &maps, &ends->maps_n, sizeof(*slot));
            *slot = (struct asked_map){
                variable->source.map, variable->index,
                arena_printf(checked->arena, "no line is for this %.*s",
                             STR_ARG(map_subject(variable->source.map)->source))};
        }
    }
    ends->maps = maps;
}

struct default_servers {
    struct server_list list;
    struct arena *arena;
};

static void default_servers_add(void *arg, const struct server *server)
{
    struct default_servers *servers = arg;
    server_list_add(&servers->list, server, servers->arena);
}

void find_in_defaults(const struct checked *checked, struct findings *findings)
{
    struct client_ends ends = {.checked = checked, .findings = findings};
    find_maps(checked, &ends);
    for (size_t i = 0; ends.maps_n && i < checked->settings->listeners_n; i++) {
        struct default_servers servers = {.arena = checked->arena};
        ends.listener = checked->settings->listeners[i];
        if (ends.listener->ssl) {
            listener_each(ends.listener, default_servers_add, &servers);
        }
        for (size_t k = 0; k < servers.list.n; k++) {
            default_server(&ends, servers.list.items[k]);
        }
    }
}
