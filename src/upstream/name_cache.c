/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/name_cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/str.h"

static struct cached_name **bucket_of(struct name_cache *cache, const char *name)
{
    return &cache->buckets[str_hash(str_of(name)) % NAME_CACHE_BUCKETS];
}

static void forget(struct name_cache *cache, struct cached_name *known)
{
    assert(cache->n > 0);
    struct cached_name **at = bucket_of(cache, known->name);
    while (*at != known) {
        assert(*at); /* in the bucket of its name */
        at = &(*at)->next;
    }
    *at = known->next;
    *(known->older ? &known->older->newer : &cache->oldest) = known->newer;
    *(known->newer ? &known->newer->older : &cache->newest) = known->older;
    cache->n--;
    free(known->name);
    free(known->addresses);
    free(known);
}

void name_cache_deinit(struct name_cache *cache)
{
    while (cache->oldest) {
        forget(cache, cache->oldest);
    }
}

const struct cached_name *name_cache_get(struct name_cache *cache, const char *name,
                                         uint64_t now_ms)
{
    struct cached_name *known = *bucket_of(cache, name);
    while (known && strcmp(known->name, name) != 0) {
        known = known->next;
    }
    if (known && known->until_ms <= now_ms) {
        forget(cache, known);
        return NULL;
    }
    return known;
}

void name_cache_put(struct name_cache *cache, const char *name, const struct address *addresses,
                    size_t n, uint64_t now_ms, uint64_t until_ms)
{
    assert(n > 0); /* that a name has no address is not remembered */
    if (until_ms <= now_ms || name_cache_get(cache, name, now_ms)) {
        return;
    }
    if (cache->n == NAME_CACHE_MAX) {
        forget(cache, cache->oldest);
    }
    struct cached_name *known = must_have(calloc(1, sizeof(*known)));
    known->name = must_have(strdup(name));
    known->addresses = addresses_dup(addresses, n);
    known->n = n;
    known->until_ms = until_ms;
    struct cached_name **bucket = bucket_of(cache, name);
    known->next = *bucket;
    *bucket = known;
    known->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = known;
    cache->newest = known;
    cache->n++;
    assert(cache->n <= NAME_CACHE_MAX);
}
