/* SPDX-License-Identifier: Apache-2.0 */
#include "load/tables.h"

#include <assert.h>
#include <stddef.h>

#include "base/vec.h"
#include "load/backend_protocols_conf.h"
#include "load/client_identity_conf.h"
#include "load/client_policy_conf.h"
#include "load/http2_conf.h"
#include "load/http_conf.h"
#include "load/later_conf.h"
#include "load/location_conf.h"
#include "load/main_conf.h"
#include "load/server_conf.h"
#include "script/map_conf.h"
#include "script/rewrite_conf.h"
#include "site/settings.h"
#include "tls/server_conf.h"

struct growing {
    struct directive_table *items;
    size_t n;
    struct arena *arena;
};

static void put_table(struct growing *all, const struct directive_table *table)
{
    struct directive_table *slot =
        vec_push(all->arena, &all->items, &all->n, sizeof(struct directive_table));
    *slot = *table;
}

static void put_tables_of(struct growing *all, const struct module *module, size_t index)
{
    for (const struct directive_table *const *table = module->tables; table && *table; table++) {
        struct directive_table placed = **table;
        assert(placed.level <= LEVEL_MODULE); /* the slots from there on are numbered here */
        if (placed.level == LEVEL_MODULE) {
            placed.level += (unsigned)index;
        }
        put_table(all, &placed);
    }
}

const struct conf_tables *tables_new(struct arena *arena, const struct modules *modules)
{
    /* The order is that of the document. */
    const struct directive_table first[] = {
        {"Process", main_directives, main_directives_n, LEVEL_MAIN, 0},
        {"Servers and locations", http_directives, http_directives_n, LEVEL_MAIN, 0},
        {"Requests", server_directives, server_directives_n, LEVEL_SERVER, 0},
        {"HTTP/2", http2_directives, http2_directives_n, LEVEL_SERVER, 0},
        {"TLS and client certificates", tls_server_directives, tls_server_directives_n,
         LEVEL_SERVER, offsetof(struct server_settings, tls)},
        {"Client policies", client_policy_directives, client_policy_directives_n, LEVEL_LOCATION,
         0},
        {"The client's identity", client_identity_directives, client_identity_directives_n,
         LEVEL_LOCATION, 0},
        {"Answers", location_directives, location_directives_n, LEVEL_LOCATION, 0},
        {"Rewriting", rewrite_directives, rewrite_directives_n, LEVEL_LOCATION,
         offsetof(struct location_settings, program)},
        {"Variables", map_directives, map_directives_n, LEVEL_MAIN, 0},
    };
    const struct directive_table last[] = {
        {"Other protocols to backends", protocol_directives, protocol_directives_n, LEVEL_LOCATION,
         0},
        {"Not yet, or not at all", later_directives, later_directives_n, LEVEL_LOCATION, 0},
    };
    struct growing all = {.arena = arena};
    for (size_t i = 0; i < COUNT_OF(first); i++) {
        put_table(&all, &first[i]);
    }
    for (size_t i = 0; i < modules->n; i++) {
        put_tables_of(&all, modules->items[i], i);
    }
    for (size_t i = 0; i < COUNT_OF(last); i++) {
        put_table(&all, &last[i]);
    }
    struct conf_tables *tables = arena_alloc(arena, sizeof(*tables));
    *tables = (struct conf_tables){all.items, all.n};
    return tables;
}
