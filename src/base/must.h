/* SPDX-License-Identifier: Apache-2.0 */
/* Allocates memory, or aborts: see "Arenas never fail" in ARCHITECTURE.md. */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns the result of calloc, malloc, strdup, an OpenSSL constructor, …; never NULL. */
__attribute__((returns_nonnull)) static inline void *must_have(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

/* Zeroed memory, also for n == 0. */
__attribute__((returns_nonnull)) static inline void *must_calloc(size_t n, size_t size)
{
    return must_have(calloc(n ? n : 1, size));
}

#endif
