/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/proxy/proxy_cache_conf.h"

#include "base/compiler.h"

#define LOCATIONS (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION)

#define UNCACHED(n, max, words)                                                                    \
    .name = (n), .contexts = LOCATIONS, .min_args = 1, .max_args = (max),                          \
    .support = SUPPORT_ACCEPTED, .syntax = (words), .note = NOT_CACHED

static const char NOT_CACHED[] = "yett does not cache responses";

static const struct directive DIRECTIVES[] = {
    {UNCACHED("proxy_cache", 1, "zone | off"), .values = "off"},
    {UNCACHED("proxy_cache_background_update", 1, "on | off"), .values = "off"},
    {UNCACHED("proxy_cache_bypass", ARGS_ANY, "string …")},
    {UNCACHED("proxy_cache_convert_head", 1, "on | off")},
    {UNCACHED("proxy_cache_key", 1, "string")},
    {UNCACHED("proxy_cache_lock", 1, "on | off"), .values = "off"},
    {UNCACHED("proxy_cache_lock_age", 1, "time")},
    {UNCACHED("proxy_cache_lock_timeout", 1, "time")},
    {UNCACHED("proxy_cache_max_range_offset", 1, "number")},
    {UNCACHED("proxy_cache_methods", ARGS_ANY, "GET | HEAD | POST …")},
    {UNCACHED("proxy_cache_min_uses", 1, "number")},
    {UNCACHED("proxy_cache_revalidate", 1, "on | off"), .values = "off"},
    {UNCACHED("proxy_cache_use_stale", ARGS_ANY, "error | timeout | … | off"), .values = "off"},
    {UNCACHED("proxy_no_cache", ARGS_ANY, "string …")},
    {UNCACHED("proxy_cache_valid", ARGS_ANY, "[code …] time"), .repeats = true},
    {.name = "proxy_cache_path",
     .contexts = CONTEXT_HTTP,
     .min_args = 2,
     .max_args = ARGS_ANY,
     .repeats = true,
     .support = SUPPORT_ACCEPTED,
     .syntax = "path keys_zone=name:size [levels=levels] [max_size=size] [inactive=time] …",
     .note = NOT_CACHED},
    /* A request that purges would go to the backend. */
    {.name = "proxy_cache_purge",
     .contexts = LOCATIONS,
     .max_args = ARGS_ANY,
     .support = SUPPORT_LATER,
     .syntax = "string …",
     .values = "0 | \"\""},
};

const struct directive_table proxy_cache_table = {"Proxying", DIRECTIVES, COUNT_OF(DIRECTIVES),
                                                  LEVEL_LOCATION, 0};
