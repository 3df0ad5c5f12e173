/* SPDX-License-Identifier: Apache-2.0 */
/* Other paths to what a guarded location guards. */
#include <assert.h>

#include "check/content.h"
#include "check/door_question.h"
#include "check/finding.h"
#include "http/uri.h"
#include "modules/proxy/proxy_settings.h"

enum { WAYS_PER_PATH = 256 };

/* A shut door that has a guard, with a path that is known. */
struct guarded {
    const struct checked_door *door;
    struct str content;
};

static bool is_tls_guarded(const struct checked_door *door)
{
    return door->listener->ssl && door->server->tls &&
           tls_server_verify_mode(door->server->tls) != VERIFY_OFF;
}

/* --- what a valid certificate opens --- */

struct valid_hearing {
    struct str content;
    struct arena *arena;
};

static void valid_hear(void *arg, const struct answer *answer)
{
    struct valid_hearing *hearing = arg;
    struct str to;
    if (hearing->content.n == 0 && content_of(answer, hearing->arena, &to)) {
        hearing->content = to;
    }
}

/* What the door leads to with a valid certificate. Empty: it guards nothing. */
static struct str content_behind(const struct checked *checked,
                                 const struct checked_door *checked_door)
{
    static const struct verdict VALID = {.status = VERDICT_GOOD};
    struct valid_hearing hearing = {STR(""), checked->arena};
    const struct door door = {checked_door->location, false};
    struct question question =
        door_question(checked->settings, checked_door->listener, checked_door->server, &VALID);
    question.facts.door = &door;
    question.budget = WAYS_PER_PATH;
    bool all = site_walk(&question, valid_hear, &hearing);
    (void)all; /* what is not found within the budget is not looked at */
    return hearing.content;
}

/* --- a path that is asked about --- */

struct path_hearing {
    struct str content; /* what the guarded location leads to */
    struct arena *arena;
    bool reached;
    const struct location *by;
};

static void path_hear(void *arg, const struct answer *answer)
{
    struct path_hearing *hearing = arg;
    struct str to;
    const struct location_settings *entry = answer->walk->entry;
    if (!hearing->reached && content_of(answer, hearing->arena, &to) &&
        str_eq(to, hearing->content)) {
        hearing->reached = true;
        hearing->by = entry ? entry->location : NULL;
    }
}

/* Whether a client without a certificate reaches the guarded content by this path. */
static bool path_reaches(const struct checked *checked, const struct guarded *guarded,
                         struct str path, struct path_hearing *hearing)
{
    static const struct verdict NONE = {.status = VERDICT_NO_CERTIFICATE};
    *hearing = (struct path_hearing){.content = guarded->content, .arena = checked->arena};
    struct question question =
        door_question(checked->settings, guarded->door->listener, guarded->door->server, &NONE);
    question.facts.unknown = FACT_HOST | FACT_PEER;
    question.method_name = STR("GET");
    question.target = path;
    question.budget = WAYS_PER_PATH;
    bool all = site_walk(&question, path_hear, hearing);
    (void)all; /* what is not reached within the budget is no finding */
    return hearing->reached;
}

static void path_try(const struct checked *checked, struct findings *findings, enum rule rule,
                     const struct guarded *guarded, struct str path)
{
    struct path_hearing hearing;
    const struct location *location = guarded->door->location;
    if (!path_reaches(checked, guarded, path, &hearing)) {
        return;
    }
    struct str by = hearing.by ? hearing.by->name : STR("the server itself");
    finding_add(checked, findings, rule, (struct line_place){location->file, location->line},
                "location %.*s is guarded, but \"%.*s\" leads to %.*s by %.*s",
                STR_ARG(location->name), STR_ARG(path), STR_ARG(guarded->content), STR_ARG(by));
}

/* The path in the other case; empty if it has no letters. */
static struct str in_other_case(struct str path, struct arena *arena)
{
    char *copy = arena_bytes(arena, path.n + 1);
    bool has_letters = false;
    for (size_t i = 0; i < path.n; i++) {
        bool lower = path.p[i] >= 'a' && path.p[i] <= 'z';
        bool upper = path.p[i] >= 'A' && path.p[i] <= 'Z';
        copy[i] = lower ? (char)(path.p[i] - 'a' + 'A') : path.p[i];
        has_letters = has_letters || lower || upper;
    }
    for (size_t i = 0; i < path.n && str_eq((struct str){copy, path.n}, path); i++) {
        copy[i] = char_lower(path.p[i]); /* all were capitals */
    }
    copy[path.n] = '\0';
    return (struct str){copy, has_letters ? path.n : 0};
}

/* "/%2561dmin" for "/admin": decoded twice it is the same. */
static struct str encoded_twice(struct str path, struct arena *arena)
{
    if (path.n < 2) {
        return STR("");
    }
    return arena_printf(arena, "/%%25%02x%.*s", (unsigned)(unsigned char)path.p[1],
                        (int)(path.n - 2), path.p + 2);
}

static void look_beside(const struct checked *checked, struct findings *findings,
                        const struct guarded *guarded)
{
    struct str name = guarded->door->location->name;
    struct arena *arena = checked->arena;
    if (name.n < 2) {
        return;
    }
    struct str written = uri_escape(ESCAPE_URI, name, arena);
    bool slash = str_ends(name, STR("/"));
    struct str other_slash =
        slash ? str_head(written, written.n - 1) : arena_concat(arena, written, STR("/"));
    path_try(checked, findings, RULE_LOCATION_SLASH, guarded, other_slash);
    struct str in_case = in_other_case(name, arena);
    if (in_case.n) {
        path_try(checked, findings, RULE_LOCATION_CASE, guarded,
                 uri_escape(ESCAPE_URI, in_case, arena));
    }
    if (!content_is_files(&guarded->door->location->settings)) {
        path_try(checked, findings, RULE_LOCATION_ENCODING, guarded, encoded_twice(name, arena));
    }
}

/* --- regular expressions --- */

static const struct checked_door *door_to(const struct checked *checked,
                                          const struct checked_door *beside,
                                          const struct location *location)
{
    for (size_t i = 0; i < checked->doors->n; i++) {
        const struct checked_door *door = &checked->doors->items[i];
        if (door->listener == beside->listener && door->server == beside->server &&
            door->location == location) {
            return door;
        }
    }
    return NULL;
}

static void look_for_regexes(const struct checked *checked, struct findings *findings,
                             const struct checked_door *door)
{
    const struct locations *beside = &door->server->locations;
    if (door->location->kind != LOCATION_PREFIX) {
        return;
    }
    for (size_t i = 0; i < beside->regexes_n; i++) {
        const struct location *regex = beside->regexes[i];
        const struct checked_door *other = door_to(checked, door, regex);
        if (!other || (other->state != DOOR_OPEN && other->state != DOOR_OPEN_IF) ||
            !regex_may_match_below(regex->regex, door->location->name)) {
            continue;
        }
        finding_add(checked, findings, RULE_LOCATION_OVERTAKEN,
                    (struct line_place){regex->file, regex->line},
                    "location ~ %.*s takes matching paths from the guarded location %.*s, and "
                    "leads to %.*s",
                    STR_ARG(regex->name), STR_ARG(door->location->name),
                    STR_ARG(other->passages.items[0].to));
    }
}

/* --- paths that climb --- */

static bool is_climbable(const struct location *location)
{
    struct str name = location->name;
    const struct location_settings *settings = &location->settings;
    if ((location->kind != LOCATION_PREFIX && location->kind != LOCATION_PREFIX_FINAL) ||
        str_ends(name, STR("/"))) {
        return false;
    }
    if (content_is_files(settings)) {
        return settings->files.alias == name.n && str_ends(settings->files.root.source, STR("/"));
    }
    const struct proxy_settings *proxy = proxy_settings_of(settings);
    return proxy->pass.set && proxy->pass.has_uri && str_ends(proxy->pass.uri, STR("/"));
}

static void look_at_names(const struct checked *checked, struct findings *findings,
                          const struct locations *locations)
{
    for (size_t i = 0; i < locations->prefixes_n; i++) {
        const struct location *location = locations->prefixes[i];
        if (is_climbable(location)) {
            finding_add(checked, findings, RULE_ALIAS_TRAVERSAL,
                        (struct line_place){location->file, location->line},
                        "location %.*s has no last slash, but what replaces it has one: "
                        "\"%.*s../\" climbs out of it in nginx",
                        STR_ARG(location->name), STR_ARG(location->name));
        }
        look_at_names(checked, findings, &location->nested);
    }
    for (size_t i = 0; i < locations->regexes_n; i++) {
        look_at_names(checked, findings, &locations->regexes[i]->nested);
    }
}

/* Whether some other door of the same server leads to the same, so that paths may meet. The doors
 * of a server stand together. */
static bool has_other_way(const struct checked *checked, size_t at, struct str content)
{
    const struct checked_doors *doors = checked->doors;
    const struct checked_door *door = &doors->items[at];
    size_t first = at;
    while (first > 0 && doors->items[first - 1].server == door->server &&
           doors->items[first - 1].listener == door->listener) {
        first--;
    }
    for (size_t i = first; i < doors->n && doors->items[i].server == door->server &&
                           doors->items[i].listener == door->listener;
         i++) {
        const struct passages *passages = &doors->items[i].passages;
        for (size_t k = 0; k < passages->n; k++) {
            if (!passages->items[k].is_known || str_eq(passages->items[k].to, content)) {
                return true;
            }
        }
    }
    return false;
}

void find_in_paths(const struct checked *checked, struct findings *findings)
{
    for (size_t i = 0; i < checked->doors->n; i++) {
        const struct checked_door *door = &checked->doors->items[i];
        if (time_limit_reached(checked->limit) || door->state != DOOR_SHUT ||
            !is_tls_guarded(door) || !door->location || door->location->settings.internal ||
            door->location->kind == LOCATION_REGEX) {
            continue;
        }
        if (tls_server_verify_mode(door->server->tls) != VERIFY_ON) {
            const struct guarded guarded = {door, content_behind(checked, door)};
            if (guarded.content.n == 0) {
                continue;
            }
            look_for_regexes(checked, findings, door);
            if (has_other_way(checked, i, guarded.content)) {
                look_beside(checked, findings, &guarded);
            }
        }
    }
    for (size_t i = 0; i < checked->settings->servers_n; i++) {
        look_at_names(checked, findings, &checked->settings->servers[i]->locations);
    }
}
