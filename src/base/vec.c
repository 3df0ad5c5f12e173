/* SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"

#include <assert.h>
#include <string.h>

void *vec_push(struct arena *arena, void *items, size_t *n, size_t size)
{
    assert(size > 0);
    void *array;
    memcpy(&array, items, sizeof(array)); /* `items` points at a pointer to any object type */
    if ((*n & (*n - 1)) == 0) {
        void *grown = arena_alloc(arena, (*n ? *n * 2 : 1) * size);
        if (*n) {
            memcpy(grown, array, *n * size);
        }
        array = grown;
        memcpy(items, &array, sizeof(array));
    }
    void *item = (char *)array + *n * size;
    (*n)++;
    return memset(item, 0, size);
}
