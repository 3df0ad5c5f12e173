/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array that grows in an arena, for repeated items of a configuration: `type *items; size_t n`.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

#include "base/arena.h"

/*
 * Adds one item to the array at *items (of *n items of `size` bytes). Doubles it in the arena when
 * *n is a power of two, so no capacity is stored. Returns the new item, cleared. A copy of {items,
 * n} shares the items: start from {NULL, 0} to replace an inherited array.
 */
void *vec_push(struct arena *arena, void *items, size_t *n, size_t size)
    __attribute__((returns_nonnull));

#endif
