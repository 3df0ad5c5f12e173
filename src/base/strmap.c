/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strmap.h"

#include <assert.h>

static uint32_t hash_key(const struct strmap *map, struct str key)
{
    return map->ignore_case ? str_ihash(key) : str_hash(key);
}

/* The slot that holds key, or the empty one where it would go. */
static struct strmap_slot *find_slot(const struct strmap *map, struct str key, uint32_t hash)
{
    assert(map->n < map->cap); /* there is an empty one to stop at */
    for (size_t i = hash;; i++) {
        struct strmap_slot *slot = &map->slots[i & (map->cap - 1)];
        if (!slot->value) {
            return slot;
        }
        if (slot->hash == hash &&
            (map->ignore_case ? str_ieq(slot->key, key) : str_eq(slot->key, key))) {
            return slot;
        }
    }
}

static void grow(struct strmap *map, struct arena *arena)
{
    struct strmap old = *map;
    map->cap = old.cap ? old.cap * 2 : 8;
    assert((map->cap & (map->cap - 1)) == 0);
    map->slots = arena_zalloc(arena, map->cap * sizeof(*map->slots));
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].value) {
            *find_slot(map, old.slots[i].key, old.slots[i].hash) = old.slots[i];
        }
    }
}

void *strmap_put(struct strmap *map, struct arena *arena, struct str key, void *value)
{
    assert(value);
    if (map->n * 2 >= map->cap) {
        grow(map, arena);
    }
    uint32_t hash = hash_key(map, key);
    struct strmap_slot *slot = find_slot(map, key, hash);
    void *old = slot->value;
    if (!old) {
        map->n++;
    }
    *slot = (struct strmap_slot){key, value, hash};
    return old;
}

void *strmap_get(const struct strmap *map, struct str key)
{
    if (map->n == 0) {
        return NULL;
    }
    return find_slot(map, key, hash_key(map, key))->value;
}
