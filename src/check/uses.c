/* SPDX-License-Identifier: Apache-2.0 */
#include "check/uses.h"

#include "base/vec.h"
#include "check/places.h"
#include "modules/proxy/proxy_settings.h"
#include "script/map.h"

/* --- names --- */

bool names_client(struct str name)
{
    return str_starts(name, STR("ssl_client_")) && !str_starts(name, STR("ssl_client_v_"));
}

bool is_subject_dn(struct str name)
{
    return str_eq(name, STR("ssl_client_s_dn")) || str_eq(name, STR("ssl_client_s_dn_legacy"));
}

bool is_issuer_dn(struct str name)
{
    return str_eq(name, STR("ssl_client_i_dn")) || str_eq(name, STR("ssl_client_i_dn_legacy"));
}

bool is_fingerprint(struct str name)
{
    return str_starts(name, STR("ssl_client_fingerprint")) || str_ends(name, STR("_cert"));
}

bool template_has(const struct template *text, bool (*wanted)(struct str name))
{
    for (size_t i = 0; i < text->n; i++) {
        const struct variable *variable = text->parts[i].variable;
        if (variable && variable->kind == VARIABLE_BUILTIN && wanted(variable->name)) {
            return true;
        }
    }
    return false;
}

bool uses_in(const struct uses *uses, const struct template *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (text->parts[i].variable && uses->items[text->parts[i].variable->index]) {
            return true;
        }
    }
    return false;
}

/* --- where values come from --- */

struct tracing {
    const struct variables *vars;
    bool *items;
    bool grew;
};

static void trace_add(struct tracing *tracing, const struct variable *variable)
{
    if (variable && !tracing->items[variable->index]) {
        tracing->items[variable->index] = tracing->grew = true;
    }
}

static bool has_capture(const struct template *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (!text->parts[i].variable && text->parts[i].capture >= 0) {
            return true;
        }
    }
    return false;
}

static void trace_captured(void *arg, const struct statement *statement)
{
    if (statement->kind == STATEMENT_SET && has_capture(&statement->u.set.value)) {
        trace_add(arg, statement->u.set.variable);
    }
}

/* What a pattern takes out of a value: its named groups, and $1 … in the body of the `if`. */
static void trace_match(struct tracing *tracing, const struct statement *statement)
{
    size_t n = 0;
    const struct regex *regex = statement->u.branch.condition.regex;
    const struct regex_name *names = regex ? regex_names(regex, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        trace_add(tracing, strmap_get(&tracing->vars->by_name, names[i].name));
    }
    if (regex && statement->u.branch.body) {
        statements_each(statement->u.branch.body, trace_captured, tracing);
    }
}

static void trace_statement(void *arg, const struct statement *statement)
{
    struct tracing *tracing = arg;
    const struct uses uses = {tracing->items};
    if (statement->kind == STATEMENT_SET && uses_in(&uses, &statement->u.set.value)) {
        trace_add(tracing, statement->u.set.variable);
    } else if (statement->kind == STATEMENT_IF &&
               uses_in(&uses, &statement->u.branch.condition.subject)) {
        trace_match(tracing, statement);
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
    const struct uses uses = {tracing->items};
    for (size_t i = 0; i < tracing->vars->n; i++) {
        const struct variable *variable = tracing->vars->items[i];
        if (variable->kind == VARIABLE_MAP && map_uses(variable->source.map, &uses)) {
            trace_add(tracing, variable);
        }
    }
}

void uses_of(const struct checked *checked, bool (*wanted)(struct str name), struct uses *out)
{
    const struct variables *vars = &checked->settings->vars;
    struct tracing tracing = {
        .vars = vars, .items = arena_zalloc(checked->arena, vars->n + 1), .grew = true};
    for (size_t i = 0; i < vars->n; i++) {
        const struct variable *variable = vars->items[i];
        tracing.items[variable->index] =
            variable->kind == VARIABLE_BUILTIN && wanted(variable->name);
    }
    while (tracing.grew) { /* each turn adds one at least */
        tracing.grew = false;
        trace_maps(&tracing);
        places_each(checked->settings, trace_place, &tracing);
    }
    out->items = tracing.items;
}

/* --- what a server reads --- */

struct reading {
    const struct variable **open; /* read, but what they read is not looked at yet */
    size_t open_n;
    bool *items;
    struct arena *arena;
};

static void read_text(struct reading *reading, const struct template *text)
{
    for (size_t i = 0; i < text->n; i++) {
        const struct variable *variable = text->parts[i].variable;
        if (variable && !reading->items[variable->index]) {
            reading->items[variable->index] = true;
            const struct variable **slot =
                vec_push(reading->arena, &reading->open, &reading->open_n, sizeof(*reading->open));
            *slot = variable;
        }
    }
}

static void read_statement(void *arg, const struct statement *statement)
{
    struct reading *reading = arg;
    switch (statement->kind) {
    case STATEMENT_SET: read_text(reading, &statement->u.set.value); break;
    case STATEMENT_IF:
        read_text(reading, &statement->u.branch.condition.subject);
        read_text(reading, &statement->u.branch.condition.operand);
        break;
    case STATEMENT_REWRITE: read_text(reading, &statement->u.rewrite.replacement); break;
    case STATEMENT_RETURN: read_text(reading, &statement->u.ret.text); break;
    case STATEMENT_BREAK: break;
    }
}

static void read_place(void *arg, const struct settings_place *place)
{
    struct reading *reading = arg;
    const struct location_settings *settings = place->settings;
    const struct proxy_settings *backend = place_backend(settings);
    statements_each(&settings->program, read_statement, reading);
    read_text(reading, &settings->files.root);
    for (size_t i = 0; i < settings->try_files.n; i++) {
        read_text(reading, &settings->try_files.paths[i]);
    }
    if (backend) {
        read_text(reading, &backend->pass.url);
        for (size_t i = 0; i < backend->headers.set.n; i++) {
            read_text(reading, &backend->headers.set.items[i].value);
        }
    }
}

void uses_by_server(const struct checked *checked, const struct server *server, struct uses *out)
{
    struct reading reading = {
        .items = arena_zalloc(checked->arena, checked->settings->vars.n + 1),
        .arena = checked->arena,
    };
    places_of_server(server, read_place, &reading);
    for (size_t i = 0; i < reading.open_n; i++) { /* which may add more */
        const struct variable *variable = reading.open[i];
        if (variable->kind == VARIABLE_MAP) {
            struct map_line line = map_default(variable->source.map);
            read_text(&reading, map_subject(variable->source.map));
            read_text(&reading, line.value);
            for (size_t k = 0; map_row_at(variable->source.map, k, &line); k++) {
                read_text(&reading, line.value);
            }
        }
    }
    out->items = reading.items;
}
