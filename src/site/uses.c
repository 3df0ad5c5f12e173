/* SPDX-License-Identifier: Apache-2.0 */
#include "site/uses.h"

#include "script/map.h"
#include "site/places.h"

bool names_client(struct str name)
{
    return str_starts(name, STR("ssl_client_")) && !str_starts(name, STR("ssl_client_v_"));
}

bool uses_in(const struct uses *uses, const struct template *text)
{
    for (size_t i = 0; i < text->n; i++) {
        const struct variable *variable = text->parts[i].variable;
        if (variable ? uses->items[variable->index]
                     : uses->captures && text->parts[i].capture >= 0) {
            return true;
        }
    }
    return false;
}

struct tracing {
    const struct variables *vars;
    bool *items;
    bool captures;
    bool grew;
};

static void trace_add(struct tracing *tracing, const struct variable *variable)
{
    if (variable && !tracing->items[variable->index]) {
        tracing->items[variable->index] = tracing->grew = true;
    }
}

static void trace_set(void *arg, const struct statement *statement)
{
    if (statement->kind == STATEMENT_SET) {
        trace_add(arg, statement->u.set.variable);
    }
}

/*
 * An `if` on such a value: what a pattern takes out of it, its named groups and $1 …, which outlive
 * the body; and what is set in the body, since it tells which way the test went.
 */
static void trace_if(struct tracing *tracing, const struct statement *statement)
{
    size_t n = 0;
    const struct regex *regex = statement->u.branch.condition.regex;
    const struct regex_name *names = regex ? regex_names(regex, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        trace_add(tracing, strmap_get(&tracing->vars->by_name, names[i].name));
    }
    if (regex && !tracing->captures) {
        tracing->captures = tracing->grew = true;
    }
    if (statement->u.branch.body) {
        statements_each(statement->u.branch.body, trace_set, tracing);
    }
}

static void trace_statement(void *arg, const struct statement *statement)
{
    struct tracing *tracing = arg;
    const struct uses uses = {tracing->items, tracing->captures};
    if (statement->kind == STATEMENT_SET && uses_in(&uses, &statement->u.set.value)) {
        trace_add(tracing, statement->u.set.variable);
    } else if (statement->kind == STATEMENT_IF &&
               uses_in(&uses, &statement->u.branch.condition.subject)) {
        trace_if(tracing, statement);
    }
}

static void trace_place(void *arg, const struct settings_place *place)
{
    statements_each(&place->settings->program, trace_statement, arg);
}

static bool map_uses(const struct map *map, const struct uses *uses)
{
    struct map_line line = map_default(map);
    bool found = uses_in(uses, map_subject(map)) || uses_in(uses, line.value);
    for (size_t i = 0; !found && map_row_at(map, i, &line); i++) {
        found = uses_in(uses, line.value);
    }
    return found;
}

static void trace_maps(struct tracing *tracing)
{
    const struct uses uses = {tracing->items, tracing->captures};
    for (size_t i = 0; i < tracing->vars->n; i++) {
        const struct variable *variable = tracing->vars->items[i];
        if (variable->kind == VARIABLE_MAP && map_uses(variable->source.map, &uses)) {
            trace_add(tracing, variable);
        }
    }
}

void uses_of(const struct settings *settings, struct arena *arena, bool (*wanted)(struct str name),
             struct uses *out)
{
    const struct variables *vars = &settings->vars;
    struct tracing tracing = {
        .vars = vars, .items = arena_zalloc(arena, vars->n + 1), .grew = true};
    for (size_t i = 0; i < vars->n; i++) {
        const struct variable *variable = vars->items[i];
        tracing.items[variable->index] =
            variable->kind == VARIABLE_BUILTIN && wanted(variable->name);
    }
    while (tracing.grew) { /* each turn adds one at least */
        tracing.grew = false;
        trace_maps(&tracing);
        places_each(settings, trace_place, &tracing);
    }
    *out = (struct uses){tracing.items, tracing.captures};
}
