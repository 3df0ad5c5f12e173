/* SPDX-License-Identifier: Apache-2.0 */
#include "check/reach.h"

#include "check/door_question.h"

enum { REACH_WAYS = 2048 };

/* --- the server leads elsewhere --- */

struct reach_hearing {
    const struct location *location;
    bool enters;
};

static void reach_hear(void *arg, const struct answer *answer)
{
    struct reach_hearing *hearing = arg;
    const struct location_settings *entry = answer->walk->entry;
    /* A redirect that follows may lead there. Not every reason why a certificate is not valid is
     * tried. */
    hearing->enters |= answer->cut || answer->asked_reason || answer->walk->for_error ||
                       answer->decision.kind == DECISION_UNKNOWN ||
                       (entry && (entry->location == hearing->location ||
                                  entry->location != answer->walk->location->location));
}

static bool server_leads_elsewhere(const struct settings *settings,
                                   const struct checked_door *checked)
{
    struct reach_hearing hearing = {.location = checked->location};
    const struct door door = {checked->location, false};
    struct question question = door_question(settings, checked->listener, checked->server, NULL);
    question.facts.unknown |= FACT_CLIENT;
    question.facts.door = &door;
    question.budget = REACH_WAYS;
    return site_walk(&question, reach_hear, &hearing) && !hearing.enters;
}

/* --- a regular expression takes it all --- */

/* A byte that stands for itself in a pattern. */
static bool is_literal(char c)
{
    return char_is_alnum(c) || c == '/' || c == '-' || c == '_';
}

/*
 * What every text that matches `pattern` begins with. Behind it, a quantifier would make the last
 * byte optional; an alternative, or an option as (?x), changes what the bytes mean.
 */
static struct str literal_start(struct str pattern)
{
    size_t n = 1;
    if (!str_starts(pattern, STR("^")) || str_find(pattern, '|') < pattern.n ||
        str_search(pattern, STR("(?")) < pattern.n || str_search(pattern, STR("(*")) < pattern.n) {
        return STR("");
    }
    while (n < pattern.n && is_literal(pattern.p[n])) {
        n++;
    }
    bool is_counted = n < pattern.n && str_find(STR("?*+{"), pattern.p[n]) < 4;
    return str_skip(str_head(pattern, is_counted ? n - 1 : n), 1);
}

/* Whether the regular expression matches all that begin with `start`: it is such a beginning
 * itself, and nothing else. */
static bool takes_all(const struct location *regex, struct str start)
{
    struct str pattern = str_of(regex_pattern(regex->regex));
    struct str begins = literal_start(pattern);
    return begins.n > 0 && begins.n + 1 == pattern.n && str_starts(start, begins);
}

static bool is_taken(const struct locations *beside, const struct location *until, struct str start)
{
    for (size_t i = 0; i < beside->regexes_n && beside->regexes[i] != until; i++) {
        if (takes_all(beside->regexes[i], start)) {
            return true;
        }
    }
    return false;
}

/* A location that is nested in a regular expression is not looked into. */
static bool is_shadowed(const struct server *server, const struct location *location)
{
    if (location->parent) {
        return false;
    }
    if (location->kind == LOCATION_REGEX) {
        struct str start = literal_start(str_of(regex_pattern(location->regex)));
        return start.n > 0 && !location->ignore_case &&
               is_taken(&server->locations, location, start);
    }
    /* "/x" for "/x/" is redirected before any regular expression is tried. */
    return location->kind == LOCATION_PREFIX && !location->auto_redirect &&
           is_taken(&server->locations, NULL, location->name);
}

bool door_is_unreachable(const struct settings *settings, const struct checked_door *door)
{
    bool is_taken_away = door->location && is_shadowed(door->server, door->location);
    return !door->any_path && (is_taken_away || server_leads_elsewhere(settings, door));
}
