/* SPDX-License-Identifier: Apache-2.0 */
/* Names whose addresses are known for now. */
#ifndef UPSTREAM_NAME_CACHE_H
#define UPSTREAM_NAME_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

enum {
    NAME_CACHE_MAX = 1024, /* names may come from clients, so what is remembered is bounded */
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

/* Zeroed is valid and empty. Times are of any one clock. */
struct name_cache {
    struct cached_name *buckets[NAME_CACHE_BUCKETS];
    struct cached_name *oldest, *newest;
    size_t n;
};

void name_cache_deinit(struct name_cache *cache);
/* Borrowed until the next call; NULL: nothing, or not any more. Letters of another case are others.
 */
const struct cached_name *name_cache_get(struct name_cache *cache, const char *name,
                                         uint64_t now_ms);
/*
 * Remembers a copy until then, but not in place of what is still known. When the cache is full, the
 * name that was put first goes.
 */
void name_cache_put(struct name_cache *cache, const char *name, const struct address *addresses,
                    size_t n, uint64_t now_ms, uint64_t until_ms);

#endif
