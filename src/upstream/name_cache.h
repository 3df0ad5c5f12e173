/* SPDX-License-Identifier: Apache-2.0 */
/* A cache of host names and their addresses. */
#ifndef UPSTREAM_NAME_CACHE_H
#define UPSTREAM_NAME_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

enum {
    NAME_CACHE_MAX = 1024, /* bounded, as names may come from clients */
    NAME_CACHE_BUCKETS = 64,
};

struct cached_name {
    struct cached_name *next; /* in its bucket */
    struct cached_name *older, *newer;
    char *name;
    struct address *addresses;
    size_t n;
    uint64_t until_ms;
};

/* Zeroed is valid and empty. Use the same clock for all times. */
struct name_cache {
    struct cached_name *buckets[NAME_CACHE_BUCKETS];
    struct cached_name *oldest, *newest;
    size_t n;
};

void name_cache_deinit(struct name_cache *cache);
/*
 * The entry, borrowed until the next call; NULL: there is none, or it has expired. The case of
 * names matters.
 */
const struct cached_name *name_cache_get(struct name_cache *cache, const char *name,
                                         uint64_t now_ms);
/*
 * Keeps a copy until `until_ms`, unless the name has an entry that has not expired. If the cache is
 * full, removes the oldest entry.
 */
void name_cache_put(struct name_cache *cache, const char *name, const struct address *addresses,
                    size_t n, uint64_t now_ms, uint64_t until_ms);

#endif
