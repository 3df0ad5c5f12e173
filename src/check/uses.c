/* SPDX-License-Identifier: Apache-2.0 */
#include "check/uses.h"

#include "base/vec.h"
#include "check/places.h"
#include "modules/proxy/proxy_settings.h"
#include "script/map.h"

/* --- names --- */

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
