/* SPDX-License-Identifier: Apache-2.0 */
#include "site/walk.h"

#include <assert.h>
#include <stdarg.h>

#include "site/access.h"
#include "site/client.h"
#include "site/client_access.h"
#include "site/location.h"
#include "site/programs.h"
#include "site/server.h"
#include "site/try_files.h"

enum { REDIRECTS_MAX = 10 }; /* as nginx: "rewrite or internal redirection cycle" */

enum walk_step walk_end(struct decision *out, int status)
{
    *out = (struct decision){.kind = DECISION_STATUS, .status = status};
    return WALK_OVER;
}

static enum walk_step handler_step(struct walk *walk, struct decision *out)
{
    (void)walk;
    *out = (struct decision){.kind = DECISION_HANDLER};
    return WALK_OVER;
}

/* The way of a request. Each step says which is next; nothing else does but a redirect. */
static enum walk_step (*const STEPS[])(struct walk *walk, struct decision *out) = {
    [WALK_SERVER] = server_step,
    [WALK_CLIENT] = client_step,
    [WALK_SERVER_PROGRAM] = programs_server_step,
    [WALK_LOCATION] = location_step,
    [WALK_POLICY] = client_access_step,
    [WALK_LOCATION_PROGRAM] = programs_location_step,
    [WALK_ACCESS] = access_step,
    [WALK_TRY_FILES] = try_files_step,
    [WALK_HANDLER] = handler_step,
};

void walk_init(struct walk *walk, const struct walk_facts *facts, const struct settings *settings,
               struct arena *arena, const struct scope_host *host, void *owner)
{
    assert(!facts->unknown || host->choose); /* a live request knows all of its facts */
    *walk = (struct walk){
        .facts = *facts,
        .settings = settings,
        .server = facts->entered,
        .location = &facts->entered->root,
        .redirects_left = REDIRECTS_MAX + 1,
    };
    scope_init(&walk->scope, &settings->vars, arena, host, owner);
}

bool walk_match_failed(struct walk *walk)
{
    const struct regex *regex = walk->scope.failed;
    if (!regex) {
        return false;
    }
    walk->scope.failed = NULL;
    walk_say(walk, LEVEL_ERROR, "pcre2_match() failed: limit exceeded using \"%s\"",
             regex_pattern(regex));
    return true;
}

bool walk_on(struct walk *walk, struct decision *out)
{
    assert(walk->step < WALK_OVER);
    walk->step = STEPS[walk->step](walk, out);
    assert(walk->step != WALK_SERVER || walk->scope.failed); /* no step leads back to it */
    if (walk->scope.failed && walk_match_failed(walk)) {
        walk->redirects_left = 0; /* an error page could meet the pattern again */
        walk->step = walk_end(out, 500);
    }
    return walk->step == WALK_OVER;
}

/* --- redirects --- */

/* True: it may not. */
static bool goes_in_circles(struct walk *walk, struct decision *out)
{
    /* try_files, or what follows a decision: a rewrite leads to the search by itself */
    assert(walk->step == WALK_TRY_FILES || walk->step == WALK_OVER);
    assert(walk->redirects_left > 0); /* at 0 nothing redirects any more */
    if (--walk->redirects_left) {
        walk->internal = true;
        walk->rewritten = false;
        return false;
    }
    walk_say(walk, LEVEL_ERROR,
             "rewrite or internal redirection cycle while internally redirecting to \"%.*s\"",
             STR_ARG(walk->path));
    walk->step = walk_end(out, 500);
    return true;
}

bool walk_redirect(struct walk *walk, struct str path, struct str args, struct decision *out)
{
    walk->path = path;
    walk->args = args;
    walk->path_plain = false;
    walk->named = false;
    walk->facts.unknown &= ~(unsigned)(FACT_PATH | FACT_ARGS);
    if (goes_in_circles(walk, out)) {
        return true;
    }
    walk->location = &walk->server->root;
    walk->step = WALK_SERVER_PROGRAM;
    return false;
}

bool walk_redirect_named(struct walk *walk, struct str name, struct decision *out)
{
    if (goes_in_circles(walk, out)) {
        return true;
    }
    const struct location *location = location_named(walk->server, name);
    if (!location || (walk->path.n == 0 && walk_knows(walk, FACT_PATH))) {
        walk_say(walk, LEVEL_ERROR,
                 location ? "empty URI in redirect to named location \"%.*s\""
                          : "could not find named location \"%.*s\"",
                 STR_ARG(name));
        walk->redirects_left = 0; /* an error page could only lead here again */
        walk->step = walk_end(out, 500);
        return true;
    }
    walk_note(walk, location->file, location->line, "location \"%.*s\"", STR_ARG(location->name));
    walk->named = true;
    walk->location = &location->settings;
    location_limit(walk);
    walk->step = WALK_POLICY;
    return false;
}

static bool is_the_builtin(const struct template_part *part, struct str name)
{
    return part->variable && part->variable->kind == VARIABLE_BUILTIN &&
           str_eq(part->variable->name, name);
}

/* "$is_args$args": nothing, or a '?' and what follows it. */
static bool is_all_args(const struct template *target, size_t at)
{
    return at + 1 < target->n && is_the_builtin(&target->parts[at], STR("is_args")) &&
           (is_the_builtin(&target->parts[at + 1], STR("args")) ||
            is_the_builtin(&target->parts[at + 1], STR("query_string")));
}

/* The path of a target that is not known as a whole. False: it is not known either. */
static bool path_before_args(struct walk *walk, const struct template *target, struct str *path)
{
    struct str before = STR("");
    for (size_t i = 0; i < target->n; i++) {
        struct value value = template_part_eval(&target->parts[i], &walk->scope);
        bool is_known = value.state != VALUE_UNKNOWN;
        before = is_known ? arena_concat(walk->scope.arena, before, value.s) : before;
        size_t mark = str_find(before, '?');
        if (mark < before.n || is_all_args(target, i)) {
            *path = str_head(before, mark);
            return true;
        }
        if (!is_known) {
            return false;
        }
    }
    return false;
}

bool walk_redirect_to(struct walk *walk, const struct template *target, struct value value,
                      struct decision *out)
{
    if (value.state != VALUE_UNKNOWN) {
        if (str_starts(value.s, STR("@"))) {
            return walk_redirect_named(walk, value.s, out);
        }
        struct str args = value.s;
        struct str path = str_split(&args, '?');
        return walk_redirect(walk, path, args, out);
    }
    if (str_starts(target->source, STR("/"))) {
        struct str path = STR("");
        bool is_known = path_before_args(walk, target, &path);
        bool decided = walk_redirect(walk, path, STR(""), out);
        walk->facts.unknown |= FACT_ARGS | (is_known ? 0 : (unsigned)FACT_PATH);
        return decided;
    }
    walk->step = WALK_OVER;
    *out = (struct decision){.kind = DECISION_UNKNOWN, .status = 500};
    return true;
}

void walk_set_uri(struct walk *walk, struct value path, struct value args)
{
    assert(walk->step == WALK_SERVER_PROGRAM || walk->step == WALK_LOCATION_PROGRAM);
    unsigned unknown = (path.state == VALUE_UNKNOWN ? (unsigned)FACT_PATH : 0) |
                       (args.state == VALUE_UNKNOWN ? (unsigned)FACT_ARGS : 0);
    walk->facts.unknown = (walk->facts.unknown & ~(unsigned)(FACT_PATH | FACT_ARGS)) | unknown;
    walk->path = path.s;
    walk->args = args.s;
    walk->path_plain = false;
    walk->internal = true;
}

/* --- whom it asks and tells --- */

void walk_say(struct walk *walk, enum log_level level, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    walk->scope.host->say(walk->scope.facts, level, fmt, args);
    va_end(args);
}

void walk_deny(struct walk *walk, const char *reason, const char *fmt, ...)
{
    const struct scope_host *host = walk->scope.host;
    va_list args;
    va_start(args, fmt);
    walk->denial = reason;
    if (host->deny) {
        host->deny(walk->scope.facts, reason, fmt, args);
    } else {
        host->say(walk->scope.facts, LEVEL_ERROR, fmt, args);
    }
    va_end(args);
}

size_t walk_choose(struct walk *walk, size_t n)
{
    return scope_choose(&walk->scope, n);
}

void walk_suppose(struct walk *walk, const char *file, unsigned line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    walk->scope.host->suppose(walk->scope.facts, file, line, fmt, args);
    va_end(args);
}

void walk_suppose_here(struct walk *walk, const char *fmt, ...)
{
    const struct location *location = walk->location->location;
    va_list args;
    va_start(args, fmt);
    walk->scope.host->suppose(walk->scope.facts, location ? location->file : walk->server->file,
                              location ? location->line : walk->server->line, fmt, args);
    va_end(args);
}

void walk_note(struct walk *walk, const char *file, unsigned line, const char *fmt, ...)
{
    if (!walk->scope.host->note) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    walk->scope.host->note(walk->scope.facts, file, line, fmt, args);
    va_end(args);
}
