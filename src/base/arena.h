/* SPDX-License-Identifier: Apache-2.0 */
/* A bump allocator: everything of one request, or of one loaded configuration, freed at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/str.h"

struct arena_block;

/*
 * Allocation never fails: when memory is gone the process aborts, and another worker takes its
 * place. `limit` is soft: what goes over it is still handed out, and `overflowed` stays set,
 * for the one place that turns it into an error answer.
 */
struct arena {
    char *next;
    char *end;
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes of all blocks */
    size_t limit;               /* 0: none */
    bool overflowed;
};

void arena_init(struct arena *arena, size_t limit);
/* Frees all blocks. The arena may be used again as after init. */
void arena_deinit(struct arena *arena);
/* Allows more than before; an overflow that the new limit covers is forgotten. Never allows less.
 */
void arena_raise_limit(struct arena *arena, size_t limit);

/* n bytes, aligned for any type, not cleared. */
void *arena_alloc(struct arena *arena, size_t n) __attribute__((malloc, returns_nonnull));
/* The same, cleared. */
void *arena_zalloc(struct arena *arena, size_t n) __attribute__((malloc, returns_nonnull));
/* n bytes, not aligned: for text. */
char *arena_bytes(struct arena *arena, size_t n) __attribute__((malloc, returns_nonnull));

/* A copy of s that lives as long as the arena; the copy is followed by a NUL that n does not count.
 */
struct str arena_dup(struct arena *arena, struct str s);
/* A NUL-terminated copy of s. A NUL inside s is the caller's to refuse beforehand. */
char *arena_cstr(struct arena *arena, struct str s);
/* The number in decimal. */
struct str arena_decimal(struct arena *arena, uint64_t n);
struct str arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* a followed by b, and a NUL that n does not count. */
struct str arena_concat(struct arena *arena, struct str a, struct str b);
/*
 * All items with `separator` between them, and a NUL that n does not count. Sized first and written
 * once: a loop of arena_concat keeps a copy for each item, which grows with their number's square.
 */
struct str arena_join(struct arena *arena, const struct str *items, size_t n, struct str separator);

#endif
