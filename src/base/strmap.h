/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from strings to pointers, built while a configuration loads and then only read. */
#ifndef BASE_STRMAP_H
#define BASE_STRMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct strmap_slot {
    struct str key;
    void *value; /* NULL: empty slot */
    uint32_t hash;
};

/* Zeroed is valid and empty. Keys and slots live in the arena given to strmap_put. */
struct strmap {
    struct strmap_slot *slots;
    size_t cap; /* a power of two, or 0 */
    size_t n;
    bool ignore_case; /* set before the first put */
};

/* Sets key to value (not NULL); borrows the key's bytes. Returns the previous value, or NULL. */
void *strmap_put(struct strmap *map, struct arena *arena, struct str key, void *value);
/* The value, or NULL. */
void *strmap_get(const struct strmap *map, struct str key);

#endif
