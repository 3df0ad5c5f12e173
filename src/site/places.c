/* SPDX-License-Identifier: Apache-2.0 */
#include "site/places.h"

struct visit {
    const struct server *server;
    void (*tell)(void *arg, const struct settings_place *place);
    void *arg;
    struct line_place at;
};

static void visit_settings(const struct visit *visit, const struct location_settings *settings)
{
    const struct settings_place place = {visit->server, settings, visit->at};
    visit->tell(visit->arg, &place);
}

static void visit_branch(void *arg, const struct statement *statement)
{
    if (statement->kind == STATEMENT_IF && statement->u.branch.location) {
        visit_settings(arg, statement->u.branch.location);
    }
}

static void visit_all(struct visit *visit, const struct location_settings *settings)
{
    visit_settings(visit, settings);
    statements_each(&settings->program, visit_branch, visit);
    if (settings->limited) {
        visit_settings(visit, settings->limited);
    }
}

static void visit_locations(struct visit *visit, const struct locations *locations);

static void visit_list(struct visit *visit, struct location *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct location *location = items[i];
        visit->at = (struct line_place){location->file, location->line};
        visit_all(visit, &location->settings);
        visit_locations(visit, &location->nested);
    }
}

/* As deep as the blocks are nested. */
static void visit_locations(struct visit *visit, const struct locations *locations)
{
    visit_list(visit, locations->prefixes, locations->prefixes_n);
    visit_list(visit, locations->regexes, locations->regexes_n);
    visit_list(visit, locations->named, locations->named_n);
}

void places_of_server(const struct server *server,
                      void (*tell)(void *arg, const struct settings_place *place), void *arg)
{
    struct visit visit = {server, tell, arg, {server->file, server->line}};
    visit_all(&visit, &server->root);
    visit_locations(&visit, &server->locations);
}

void places_each(const struct settings *settings,
                 void (*tell)(void *arg, const struct settings_place *place), void *arg)
{
    for (size_t i = 0; i < settings->servers_n; i++) {
        places_of_server(settings->servers[i], tell, arg);
    }
}

void statements_each(const struct program *program,
                     void (*tell)(void *arg, const struct statement *statement), void *arg)
{
    for (const struct statement *at = program->first; at; at = at->next) {
        tell(arg, at);
        if (at->kind == STATEMENT_IF && at->u.branch.body) {
            statements_each(at->u.branch.body, tell, arg);
        }
    }
}
