/* SPDX-License-Identifier: Apache-2.0 */
/* The variables' values during one request. */
#include "script/scope.h"

#include <assert.h>

#include "script/geo.h"
#include "script/map.h"
#include "script/split.h"
#include "script/supposed.h"

enum {
    DEPTH_MAX = 32,
    /*
     * A cycle was met and the outermost question is not answered yet: every value that is not known
     * is empty until then, else volatile variables asking each other twice would take 2^32 steps.
     */
    DEPTH_CUT = 0x40000000,
};

void scope_init(struct scope *scope, const struct variables *vars, struct arena *arena,
                const struct scope_host *host, void *facts)
{
    *scope = (struct scope){
        .vars = vars,
        .values = vars->n ? arena_zalloc(arena, vars->n * sizeof(*scope->values)) : NULL,
        .arena = arena,
        .host = host,
        .facts = facts,
    };
}

static struct value value_ask(struct scope *scope, const struct variable *variable)
{
    switch (variable->kind) {
    case VARIABLE_BUILTIN: return scope->host->builtin(scope->facts, variable, scope->arena);
    case VARIABLE_MAP: return map_eval(variable->source.map, scope);
    case VARIABLE_GEO: return geo_eval(variable->source.geo, scope);
    case VARIABLE_SPLIT: return split_eval(variable->source.split, scope);
    case VARIABLE_SET:
        if (variable->captured) {
            return VALUE_IS_ABSENT;
        }
        if (scope->host->uninitialized) {
            scope->host->uninitialized(scope->facts, variable->name);
        }
        return value_of((struct str){NULL, 0});
    case VARIABLE_UNDEFINED: break;
    }
    return VALUE_IS_ABSENT;
}

struct value scope_get(struct scope *scope, const struct variable *variable)
{
    assert(variable->index < scope->vars->n); /* made before the scope */
    struct value *cached = &scope->values[variable->index];
    if (cached->state != VALUE_NONE) {
        return *cached;
    }
    if (scope->depth >= DEPTH_MAX) { /* also when DEPTH_CUT is set */
        scope->depth |= DEPTH_CUT;
        return value_of((struct str){NULL, 0});
    }
    scope->depth++;
    struct value value = value_ask(scope, variable);
    scope->depth--;
    if (scope->depth == DEPTH_CUT) {
        scope->depth = 0;
    }
    if (!variable->volatile_) {
        *cached = value;
    }
    return value;
}

size_t scope_choose(struct scope *scope, size_t n)
{
    assert(scope_may_choose(scope) && n > 0);
    return scope->host->choose(scope->facts, n);
}

void scope_suppose(struct scope *scope, struct line_place place, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    scope->host->suppose(scope->facts, place.file, place.line, fmt, args);
    va_end(args);
}

void scope_note(struct scope *scope, struct line_place place, const char *fmt, ...)
{
    if (!scope->host->note) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    scope->host->note(scope->facts, place.file, place.line, fmt, args);
    va_end(args);
}

void scope_put(struct scope *scope, const struct variable *variable, struct value value)
{
    assert(variable->index < scope->vars->n);
    if (variable->kind == VARIABLE_BUILTIN && variable->source.builtin->changeable) {
        scope->host->put(scope->facts, variable->source.builtin, value);
        return;
    }
    for (size_t i = 0; i < scope->supposed_n; i++) {
        if (scope->supposed[i].variable == variable->index) {
            scope->supposed[i--] = scope->supposed[--scope->supposed_n];
        }
    }
    /* Kept also for volatile variables: what was assigned is not asked for again. */
    scope->values[variable->index] = value;
}

void scope_forget_captures(struct scope *scope)
{
    scope->captures.n = 0;
    scope->captures_unknown = false;
}

enum match scope_match(struct scope *scope, const struct regex *regex, struct str subject)
{
    enum match match = regex_match(regex, subject, &scope->captures);
    scope->captures_unknown = scope->captures_unknown && match != MATCH_YES;
    if (match == MATCH_ERROR) {
        scope->failed = regex;
    }
    size_t n;
    const struct regex_name *names = regex_names(regex, &n);
    if (match != MATCH_YES || n == 0) {
        return match;
    }
    for (size_t i = 0; i < n; i++) {
        const struct variable *variable = strmap_get(&scope->vars->by_name, names[i].name);
        if (variable) {
            struct str group = regex_last_group(regex, subject, names[i].group);
            scope_put(scope, variable, value_of(group));
        }
    }
    return match;
}

void scope_match_unknown(struct scope *scope, const struct regex *regex)
{
    scope->captures_unknown = true;
    size_t n;
    const struct regex_name *names = regex_names(regex, &n);
    for (size_t i = 0; i < n; i++) {
        const struct variable *variable = strmap_get(&scope->vars->by_name, names[i].name);
        if (variable) {
            scope_put(scope, variable, VALUE_IS_UNKNOWN);
        }
    }
}
