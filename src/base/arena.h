/* SPDX-License-Identifier: Apache-2.0 */
/* A bump allocator: all memory of a request or a configuration, freed at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/str.h"

struct arena_block;
struct spare;

/*
 * Allocation never fails: without memory the process aborts, and another worker replaces it.
 * `limit` is soft: allocations beyond it succeed, and set `overflowed`, which one place turns into
 * an error answer.
 */
struct arena {
    char *next;
    char *end;
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes of all blocks */
    size_t limit;               /* 0: none */
    struct spare *spare;        /* of blocks; NULL: they go to the heap */
    bool overflowed;
};

void arena_init(struct arena *arena, size_t limit);
/* The same; `spare`, which must live longer, is for the blocks of arenas alone. */
void arena_init_spare(struct arena *arena, size_t limit, struct spare *spare);
/* Frees all blocks. The arena may be used again, as after init. */
void arena_deinit(struct arena *arena);
/* Moves all blocks of `from` to `arena`, which must be empty and have the same `spare`; what lies
 * in them stays where it is. */
void arena_adopt(struct arena *arena, struct arena *from);
/* Raises the limit, never lowers it; clears an overflow that the new limit covers. */
void arena_raise_limit(struct arena *arena, size_t limit);

/* n bytes, aligned for any type, not cleared. */
void *arena_alloc(struct arena *arena, size_t n) __attribute__((malloc, returns_nonnull));
/* The same, cleared. */
void *arena_zalloc(struct arena *arena, size_t n) __attribute__((malloc, returns_nonnull));
/* n bytes, not aligned: for text. */
char *arena_bytes(struct arena *arena, size_t n) __attribute__((malloc, returns_nonnull));

/* A copy of s in the arena, with a NUL that n does not count. */
struct str arena_dup(struct arena *arena, struct str s);
/* The same with ASCII letters in lower case. */
struct str arena_lower(struct arena *arena, struct str s);
/* A NUL-terminated copy of s. The caller must refuse a NUL inside s. */
char *arena_cstr(struct arena *arena, struct str s);
/* The number in decimal. */
struct str arena_decimal(struct arena *arena, uint64_t n);
struct str arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* a followed by b, and a NUL that n does not count. */
struct str arena_concat(struct arena *arena, struct str a, struct str b);
/*
 * All items with `separator` between them, and a NUL that n does not count. Use it instead of a
 * loop of arena_concat, which keeps a copy for each item: memory grows with the square of their
 * number.
 */
struct str arena_join(struct arena *arena, const struct str *items, size_t n, struct str separator);

#endif
