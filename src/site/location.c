/* SPDX-License-Identifier: Apache-2.0 */
#include "site/location.h"

#include <assert.h>

#include "base/vec.h"
#include "http/uri.h"

const struct location *location_named(const struct server *server, struct str name)
{
    for (size_t i = 0; i < server->locations.named_n; i++) {
        if (str_eq(server->locations.named[i]->name, name)) {
            return server->locations.named[i];
        }
    }
    return NULL;
}

enum found { FOUND_NOTHING, FOUND_PREFIX, FOUND_FINAL, FOUND_REDIRECT, FOUND_ERROR };

static const struct location *find_prefix(const struct locations *locations, struct str path,
                                          const struct location **redirect)
{
    for (size_t i = 0; i < locations->prefixes_n; i++) {
        const struct location *location = locations->prefixes[i];
        if (location->kind == LOCATION_EXACT ? str_eq(path, location->name)
                                             : str_starts(path, location->name)) {
            return location;
        }
        if (location->auto_redirect && path.n + 1 == location->name.n &&
            str_starts(location->name, path)) {
            *redirect = location;
        }
    }
    return NULL;
}

static enum found find_location(struct walk *walk, const struct locations *locations);

static enum found find_regex(struct walk *walk, const struct locations *locations)
{
    for (size_t i = 0; i < locations->regexes_n; i++) {
        const struct location *location = locations->regexes[i];
        assert(location->kind == LOCATION_REGEX && location->regex);
        enum match match = scope_match(&walk->scope, location->regex, walk->path);
        if (match == MATCH_ERROR) {
            return FOUND_ERROR;
        }
        if (match == MATCH_YES) {
            walk->location = &location->settings;
            enum found nested = find_location(walk, &location->nested);
            return nested == FOUND_ERROR || nested == FOUND_REDIRECT ? nested : FOUND_FINAL;
        }
    }
    return FOUND_NOTHING;
}

/* Exact, then the longest prefix (and what is nested in it), then regular expressions in order: as
 * nginx documents. */
static enum found find_location(struct walk *walk, const struct locations *locations)
{
    const struct location *redirect = NULL;
    const struct location *prefix = find_prefix(locations, walk->path, &redirect);
    if (redirect && (!prefix || prefix->name.n < walk->path.n)) {
        walk->location = &redirect->settings;
        return FOUND_REDIRECT;
    }
    bool final = false;
    if (prefix) {
        walk->location = &prefix->settings;
        if (prefix->kind == LOCATION_EXACT) {
            return FOUND_FINAL;
        }
        enum found nested = find_location(walk, &prefix->nested);
        if (nested != FOUND_NOTHING && nested != FOUND_PREFIX) {
            return nested;
        }
        final = prefix->kind == LOCATION_PREFIX_FINAL;
    }
    enum found regex = final ? FOUND_NOTHING : find_regex(walk, locations);
    return regex != FOUND_NOTHING ? regex : prefix ? FOUND_PREFIX : FOUND_NOTHING;
}

/* --- where the path is not known: any location, or none --- */

static void door_add(struct doors *doors, struct arena *arena, const struct location *location,
                     bool redirects)
{
    struct door *slot = vec_push(arena, &doors->items, &doors->n, sizeof(*slot));
    *slot = (struct door){location, redirects};
}

static void doors_add(struct doors *doors, struct arena *arena, const struct locations *locations)
{
    struct location *const *rows[] = {locations->prefixes, locations->regexes};
    const size_t counts[] = {locations->prefixes_n, locations->regexes_n};
    for (size_t kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < counts[kind]; i++) {
            const struct location *location = rows[kind][i];
            door_add(doors, arena, location, false);
            if (location->auto_redirect) {
                door_add(doors, arena, location, true);
            }
            doors_add(doors, arena, &location->nested);
        }
    }
}

/* A path from a client starts with a slash. */
static bool has_location_for_all(const struct server *server)
{
    const struct locations *locations = &server->locations;
    for (size_t i = 0; i < locations->prefixes_n; i++) {
        const struct location *location = locations->prefixes[i];
        if (location->kind != LOCATION_EXACT && str_starts(STR("/"), location->name)) {
            return true;
        }
    }
    return false;
}

/* "rewrite ^/(.*) $1" makes a path that no "location /" is for. */
static bool takes_slash_away(const struct program *program)
{
    for (const struct statement *s = program->first; s; s = s->next) {
        if ((s->kind == STATEMENT_REWRITE &&
             !str_starts(s->u.rewrite.replacement.source, STR("/"))) ||
            (s->kind == STATEMENT_IF && s->u.branch.body && takes_slash_away(s->u.branch.body))) {
            return true;
        }
    }
    return false;
}

static void doors_of(const struct server *server, bool with_server, struct arena *arena,
                     struct doors *out)
{
    *out = (struct doors){0};
    doors_add(out, arena, &server->locations);
    if (with_server) {
        door_add(out, arena, NULL, false);
    }
}

void location_doors(const struct server *server, struct arena *arena, struct doors *out)
{
    bool may_miss = !has_location_for_all(server) || takes_slash_away(&server->root.program);
    doors_of(server, may_miss, arena, out);
}

static void location_take_path(struct walk *walk, struct str path)
{
    walk->path = path;
    walk->facts.unknown &= ~(unsigned)FACT_PATH;
}

static struct door choose_door(struct walk *walk)
{
    if (walk->facts.door && !walk->entry && !walk->for_error) {
        return *walk->facts.door;
    }
    struct doors doors;
    bool may_miss = !walk->path_plain || !has_location_for_all(walk->server);
    doors_of(walk->server, may_miss, walk->scope.arena, &doors);
    struct door door = doors.items[walk_choose(walk, doors.n)];
    const struct location *location = door.location;
    walk_suppose(walk, location ? location->file : walk->server->file,
                 location ? location->line : walk->server->line, "the path leads to %s\"%.*s\"",
                 location ? "location " : "no location of ",
                 STR_ARG(location ? location->name : walk->server->name));
    return door;
}

/* What it is nested in matched before it. */
static void suppose_patterns(struct walk *walk, const struct location *location)
{
    if (location->parent) {
        suppose_patterns(walk, location->parent);
    }
    if (location->kind == LOCATION_REGEX) {
        scope_match_unknown(&walk->scope, location->regex);
    }
}

static enum found choose_location(struct walk *walk)
{
    struct door door = choose_door(walk);
    const struct location *location = door.location;
    if (!location) {
        return FOUND_NOTHING;
    }
    walk->location = &location->settings;
    suppose_patterns(walk, location);
    if (door.redirects) {
        location_take_path(walk, str_head(location->name, location->name.n - 1));
        return FOUND_REDIRECT;
    }
    if (location->kind == LOCATION_EXACT) {
        location_take_path(walk, location->name);
    }
    return FOUND_FINAL;
}

/* --- the step --- */

/* "/x" for a location "/x/" that is proxied: the client is to come again with the slash. */
static enum walk_step redirect_to_slash(struct walk *walk, struct decision *out)
{
    struct arena *arena = walk->scope.arena;
    assert(str_ends(walk->location->location->name, STR("/")));
    struct str url = uri_escape(ESCAPE_URI, walk->location->location->name, arena);
    if (walk->args.n) {
        const struct str parts[] = {url, walk->args};
        url = arena_join(arena, parts, 2, STR("?"));
    }
    *out = (struct decision){.kind = DECISION_REDIRECT,
                             .status = 301,
                             .text = url,
                             .text_unknown = !walk_knows(walk, FACT_ARGS)};
    return WALK_OVER;
}

void location_limit(struct walk *walk)
{
    const struct location_settings *location = walk->location;
    if (!location->limit_except) {
        return;
    }
    assert(location->limited && !location->limited->limit_except); /* they do not nest */
    bool exempt = (location->limit_except & walk->method) != 0;
    if (!walk_knows(walk, FACT_METHOD)) {
        exempt = walk_choose(walk, 2) == 1;
        walk_suppose_here(walk, "the method is %s limit_except",
                          exempt ? "one of those in" : "not one of those in");
    }
    if (!exempt) {
        walk->location = location->limited;
    }
}

static void note_location(struct walk *walk)
{
    const struct location *location = walk->location->location;
    if (location) {
        walk_note(walk, location->file, location->line, "location \"%.*s\"",
                  STR_ARG(location->name));
    }
}

/* If the length is not known: either way, if it can make a difference. */
static bool body_is_too_large(struct walk *walk)
{
    uint64_t max = walk->location->body.max_size;
    if (walk_knows(walk, FACT_BODY)) {
        return max && walk->body_length > max;
    }
    if (!max || !walk_has_page(walk, 413)) {
        return false;
    }
    bool yes = walk_choose(walk, 2) == 1;
    walk_suppose_here(walk, "the body is %s client_max_body_size", yes ? "larger than" : "within");
    return yes;
}

enum walk_step location_step(struct walk *walk, struct decision *out)
{
    walk->location = &walk->server->root;
    enum found found = walk_knows(walk, FACT_PATH) ? find_location(walk, &walk->server->locations)
                                                   : choose_location(walk);
    if (!walk->entry && !walk->for_error) {
        walk->entry = walk->location;
    }
    if (found == FOUND_ERROR) {
        return WALK_LOCATION; /* the walk sees by itself that a pattern failed */
    }
    note_location(walk);
    if (!walk->internal && walk->location->internal) {
        return walk_end(out, 404);
    }
    location_limit(walk);
    if (body_is_too_large(walk)) {
        walk_say(walk, LEVEL_ERROR, "client intended to send too large body: %llu bytes",
                 (unsigned long long)walk->body_length);
        *out = (struct decision){.kind = DECISION_STATUS, .status = 413, .drops_body = true};
        return WALK_OVER;
    }
    return found == FOUND_REDIRECT ? redirect_to_slash(walk, out) : WALK_POLICY;
}
