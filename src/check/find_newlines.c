/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that a line feed in the path passes: PCRE's '.' matches none, and "%0a" is one. */
#include <assert.h>

#include "check/content.h"
#include "check/door_question.h"
#include "check/finding.h"
#include "check/places.h"
#include "check/uses.h"
#include "http/uri.h"
#include "script/example.h"
#include "script/map.h"

enum { NEWLINE_WAYS = 256, NEWLINE_TRIES = 4, NEWLINE_PATH_MAX = 256 };

/* A pattern that is matched with the decoded path. */
struct path_pattern {
    const struct regex *regex;
    struct line_place place;
    const struct location *location; /* that it is the name of; NULL: it is in a program or map */
    struct str below;                /* the location around it */
};

struct newlines {
    const struct checked *checked;
    struct findings *findings;
    const struct listener *listener;
    const struct server *server;
};

/* --- what a path leads to --- */

struct newline_hearing {
    struct str wanted; /* empty: any content */
    struct arena *arena;
    struct str content; /* what is reached; empty: nothing that is wanted */
    bool all_refused;
};

static void newline_hear(void *arg, const struct answer *answer)
{
    struct newline_hearing *hearing = arg;
    struct str to;
    bool is_closed = answer->decision.kind == DECISION_CLOSE;
    hearing->all_refused = hearing->all_refused && (is_closed || answer_status(answer) >= 400);
    if (hearing->content.n == 0 && content_of(answer, hearing->arena, &to) &&
        (hearing->wanted.n == 0 || str_eq(to, hearing->wanted))) {
        hearing->content = to;
    }
}

static struct newline_hearing path_ask(const struct newlines *newlines,
                                       const struct verdict *verdict, struct str path,
                                       struct str wanted)
{
    struct newline_hearing hearing = {
        .wanted = wanted, .arena = newlines->checked->arena, .all_refused = true};
    struct question question =
        door_question(newlines->checked->settings, newlines->listener, newlines->server, verdict);
    question.facts.unknown = FACT_HOST | FACT_PEER;
    question.method_name = STR("GET");
    question.target = uri_escape(ESCAPE_URI, path, newlines->checked->arena);
    question.budget = NEWLINE_WAYS;
    bool all = site_walk(&question, newline_hear, &hearing);
    (void)all; /* what is not reached within the budget is no finding */
    return hearing;
}

/*
 * `twin` is the path that the pattern matches, and `path` the same with a line feed. Whether a
 * client without a certificate reaches by the latter what the former guards.
 */
static bool newline_opens(const struct newlines *newlines, const struct path_pattern *pattern,
                          struct str twin, struct str path)
{
    static const struct verdict NONE = {.status = VERDICT_NO_CERTIFICATE};
    static const struct verdict VALID = {.status = VERDICT_GOOD};
    struct newline_hearing without = path_ask(newlines, &NONE, twin, STR(""));
    if (without.content.n) {
        return false;
    }
    struct newline_hearing with = path_ask(newlines, &VALID, twin, STR(""));
    bool shuts_all = !pattern->location && with.content.n == 0 && with.all_refused;
    if (with.content.n == 0 && !shuts_all) {
        return false; /* it guards nothing */
    }
    struct newline_hearing found = path_ask(newlines, &NONE, path, with.content);
    if (found.content.n == 0) {
        return false;
    }
    finding_add(
        newlines->checked, newlines->findings, RULE_REGEX_STOPS_AT_NEWLINE, pattern->place,
        "\"%s\" keeps clients without a certificate out, but does not match \"%.*s\", which "
        "leads to %.*s in server \"%.*s\"",
        regex_pattern(pattern->regex),
        STR_ARG(uri_escape(ESCAPE_URI, path, newlines->checked->arena)), STR_ARG(found.content),
        STR_ARG(newlines->server->name));
    return true;
}

/* --- a path that the pattern matches, and one that it does not for a line feed --- */

static struct str path_insert(struct str path, size_t at, const char *text, struct arena *arena)
{
    const struct str parts[] = {str_head(path, at), str_of(text), str_skip(path, at)};
    return arena_join(arena, parts, COUNT_OF(parts), STR(""));
}

/* Whether a path is found for which the door opens. */
static bool newline_try_path(const struct newlines *newlines, const struct path_pattern *pattern,
                             struct str path)
{
    struct arena *arena = newlines->checked->arena;
    size_t tries = 0;
    if (time_limit_reached(newlines->checked->limit) || !str_starts(path, STR("/")) ||
        path.n > NEWLINE_PATH_MAX || regex_match(pattern->regex, path, NULL) != MATCH_YES) {
        return false;
    }
    for (size_t at = path.n; at > 0 && tries < NEWLINE_TRIES; at--) {
        /* A last line feed is not enough: '$' matches before it. */
        struct str with = path_insert(path, at, "\nx", arena);
        struct str twin = path_insert(path, at, "xx", arena);
        struct str blank = path_insert(path, at, "\tx", arena); /* [a-z] has none, '.' has */
        if (regex_match(pattern->regex, with, NULL) == MATCH_NO &&
            regex_match(pattern->regex, twin, NULL) == MATCH_YES &&
            regex_match(pattern->regex, blank, NULL) == MATCH_YES) {
            tries++;
            if (newline_opens(newlines, pattern, twin, with)) {
                return true;
            }
        }
    }
    return false;
}

static void newline_try(const struct newlines *newlines, const struct path_pattern *pattern)
{
    struct arena *arena = newlines->checked->arena;
    const struct str before[] = {STR(""), STR("/"), STR("/x"), pattern->below,
                                 arena_concat(arena, pattern->below, STR("/"))};
    for (size_t full = 0; full < 2; full++) {
        struct str example = example_of(str_of(regex_pattern(pattern->regex)), full, arena);
        for (size_t i = 0; i < COUNT_OF(before); i++) {
            if (newline_try_path(newlines, pattern, arena_concat(arena, before[i], example))) {
                return;
            }
        }
    }
}

/* --- all patterns --- */

static void newline_locations(const struct newlines *newlines, const struct locations *locations,
                              struct str below)
{
    for (size_t i = 0; i < locations->regexes_n; i++) {
        const struct location *location = locations->regexes[i];
        const struct path_pattern pattern = {
            location->regex, {location->file, location->line}, location, below};
        newline_try(newlines, &pattern);
        newline_locations(newlines, &location->nested, below);
    }
    for (size_t i = 0; i < locations->prefixes_n; i++) {
        newline_locations(newlines, &locations->prefixes[i]->nested, locations->prefixes[i]->name);
    }
}

static bool is_path(const struct template *subject)
{
    const struct variable *variable = subject->n == 1 ? subject->parts[0].variable : NULL;
    return variable && variable->kind == VARIABLE_BUILTIN &&
           (str_eq(variable->name, STR("uri")) || str_eq(variable->name, STR("document_uri")));
}

static void newline_statement(void *arg, const struct statement *statement)
{
    const struct condition *condition = &statement->u.branch.condition;
    struct path_pattern pattern = {.place = {statement->file, statement->line}};
    if (statement->kind == STATEMENT_REWRITE) {
        pattern.regex = statement->u.rewrite.regex;
    } else if (statement->kind == STATEMENT_IF && is_path(&condition->subject)) {
        pattern.regex = condition->regex;
    }
    if (pattern.regex) {
        newline_try(arg, &pattern);
    }
}

static void newline_place(void *arg, const struct settings_place *place)
{
    statements_each(&place->settings->program, newline_statement, arg);
}

static void newline_maps(const struct newlines *newlines)
{
    const struct variables *vars = &newlines->checked->settings->vars;
    struct uses uses;
    struct map_line line;
    uses_by_server(newlines->checked, newlines->server, &uses);
    for (size_t i = 0; i < vars->n; i++) {
        const struct variable *variable = vars->items[i];
        bool is_used = variable->kind == VARIABLE_MAP && uses.items[variable->index] &&
                       is_path(map_subject(variable->source.map));
        for (size_t k = 0; is_used && map_row_at(variable->source.map, k, &line); k++) {
            const struct path_pattern pattern = {.regex = line.regex, .place = line.place};
            if (line.regex) {
                newline_try(newlines, &pattern);
            }
        }
    }
}

static void newline_server(struct newlines *newlines)
{
    assert(newlines->listener && newlines->server);
    const struct tls_server *tls = newlines->listener->ssl ? newlines->server->tls : NULL;
    enum verify_mode mode = tls ? tls_server_verify_mode(tls) : VERIFY_OFF;
    if (mode == VERIFY_OFF || mode == VERIFY_ON) {
        return; /* nothing needs a certificate, or everything */
    }
    newline_locations(newlines, &newlines->server->locations, STR(""));
    places_of_server(newlines->server, newline_place, newlines);
    newline_maps(newlines);
}

void find_in_newlines(const struct checked *checked, struct findings *findings)
{
    struct newlines newlines = {.checked = checked, .findings = findings};
    for (size_t i = 0; i < checked->doors->n; i++) { /* those of a server stand together */
        const struct checked_door *door = &checked->doors->items[i];
        if (door->listener != newlines.listener || door->server != newlines.server) {
            newlines.listener = door->listener;
            newlines.server = door->server;
            newline_server(&newlines);
        }
    }
}
