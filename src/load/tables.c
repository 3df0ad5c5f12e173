/* SPDX-License-Identifier: Apache-2.0 */
#include "load/tables.h"

#include <stddef.h>

#include "load/charset_conf.h"
#include "load/http_conf.h"
#include "load/later_conf.h"
#include "load/location_conf.h"
#include "load/main_conf.h"
#include "load/protocols_conf.h"
#include "load/server_conf.h"
#include "modules/proxy/proxy_cache_conf.h"
#include "modules/proxy/proxy_conf.h"
#include "script/map_conf.h"
#include "script/rewrite_conf.h"
#include "site/settings.h"
#include "tls/server_conf.h"

enum { TABLES = 14 };

/* The arrays' lengths are known to the linker, not to the compiler: the list is put together once.
 */
const struct conf_tables *settings_tables(void)
{
    static struct directive_table tables[TABLES];
    static struct conf_tables all = {tables, 0};
    if (all.n) {
        return &all;
    }
    const struct directive_table rows[] = {
        {"Process", main_directives, main_directives_n, LEVEL_MAIN, 0},
        {"Servers and locations", http_directives, http_directives_n, LEVEL_MAIN, 0},
        {"Requests", server_directives, server_directives_n, LEVEL_SERVER, 0},
        {"TLS and client certificates", tls_server_directives, tls_server_directives_n,
         LEVEL_SERVER, offsetof(struct server_settings, tls)},
        {"Answers", location_directives, location_directives_n, LEVEL_LOCATION, 0},
        {"Answers", charset_directives, charset_directives_n, LEVEL_LOCATION, 0},
        {"Rewriting", rewrite_directives, rewrite_directives_n, LEVEL_LOCATION,
         offsetof(struct location_settings, program)},
        {"Variables", map_directives, map_directives_n, LEVEL_MAIN, 0},
        {"Proxying", proxy_directives, proxy_directives_n, LEVEL_LOCATION,
         offsetof(struct location_settings, proxy)},
        {"Proxying", proxy_cache_directives, proxy_cache_directives_n, LEVEL_LOCATION, 0},
        {"Groups of backends", upstream_directives, upstream_directives_n, LEVEL_UPSTREAM, 0},
        {"Other protocols to backends", protocol_directives, protocol_directives_n, LEVEL_LOCATION,
         0},
        {"Not yet, or not at all", later_directives, later_directives_n, LEVEL_LOCATION, 0},
    };
    _Static_assert(COUNT_OF(rows) <= TABLES, "room for every table");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tables[i] = rows[i];
    }
    all.n = COUNT_OF(rows);
    return &all;
}
