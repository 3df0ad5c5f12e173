/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is there, or the end of the process: see "Arenas never fail" in ARCHITECTURE.md. */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* What calloc, malloc, realloc, strdup or an OpenSSL constructor returned; never NULL. */
__attribute__((returns_nonnull)) static inline void *must_have(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

/* Zeroed; none of something (n == 0) is memory, too. */
__attribute__((returns_nonnull)) static inline void *must_calloc(size_t n, size_t size)
{
    return must_have(calloc(n ? n : 1, size));
}

#endif
