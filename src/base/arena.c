/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "base/spare.h"

enum {
    BLOCK_SIZE = 4096,
    ALIGNMENT = alignof(max_align_t),
};

struct arena_block {
    struct arena_block *older;
    size_t size; /* of `data` */
    alignas(max_align_t) char data[];
};

enum { USUAL_ROOM = BLOCK_SIZE - sizeof(struct arena_block) };

void arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){.limit = limit};
}

void arena_init_spare(struct arena *arena, size_t limit, struct spare *spare)
{
    *arena = (struct arena){.limit = limit, .spare = spare};
}

static void free_blocks(struct arena_block *block, struct spare *spare)
{
    while (block) {
        struct arena_block *older = block->older;
        if (spare && block->size == USUAL_ROOM) {
            spare_give(spare, block);
        } else {
            free(block);
        }
        block = older;
    }
}

void arena_deinit(struct arena *arena)
{
    free_blocks(arena->blocks, arena->spare);
    arena_init_spare(arena, arena->limit, arena->spare);
}

void arena_adopt(struct arena *arena, struct arena *from)
{
    size_t limit = arena->limit;
    assert(!arena->blocks && arena->spare == from->spare);
    *arena = *from;
    arena->limit = limit;
    arena->overflowed = limit && arena->used > limit;
    arena_init_spare(from, from->limit, from->spare);
}

void arena_raise_limit(struct arena *arena, size_t limit)
{
    if (arena->limit && limit > arena->limit) {
        arena->limit = limit;
        arena->overflowed = arena->used > limit;
    }
}

/* Starts a new block with room for n bytes at least. */
static void arena_add_block(struct arena *arena, size_t n)
{
    size_t size = n > USUAL_ROOM ? n : USUAL_ROOM;
    struct arena_block *block;
    if (size == USUAL_ROOM && arena->spare) {
        block = spare_take(arena->spare, BLOCK_SIZE);
    } else {
        block = must_have(sizeof(*block) + size < n ? NULL : malloc(sizeof(*block) + size));
    }
    assert((uintptr_t)block->data % ALIGNMENT == 0);
    block->size = size;
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->data;
    arena->end = block->data + size;
    arena->used += size;
    if (arena->limit && arena->used > arena->limit) {
        arena->overflowed = true;
    }
}

char *arena_bytes(struct arena *arena, size_t n)
{
    if (!arena->next || n > (size_t)(arena->end - arena->next)) {
        arena_add_block(arena, n);
    }
    char *p = arena->next;
    arena->next += n;
    return p;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    size_t pad = (size_t)(-(uintptr_t)arena->next & (ALIGNMENT - 1));
    if (!arena->next || pad + n < n || pad + n > (size_t)(arena->end - arena->next)) {
        arena_add_block(arena, n);
        pad = 0;
    }
    char *p = arena->next + pad;
    arena->next = p + n;
    return p;
}

void *arena_zalloc(struct arena *arena, size_t n)
{
    return memset(arena_alloc(arena, n), 0, n);
}

struct str arena_dup(struct arena *arena, struct str s)
{
    return (struct str){arena_cstr(arena, s), s.n};
}

char *arena_cstr(struct arena *arena, struct str s)
{
    char *p = arena_bytes(arena, s.n + 1);
    if (s.n) {
        memcpy(p, s.p, s.n);
    }
    p[s.n] = '\0';
    return p;
}

struct str arena_decimal(struct arena *arena, uint64_t n)
{
    char digits[20]; /* of UINT64_MAX */
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    return arena_dup(arena, (struct str){digits + at, sizeof(digits) - at});
}

struct str arena_printf(struct arena *arena, const char *fmt, ...)
{
    /* Most texts fit in what is left of the block: they are formatted once. */
    size_t room = arena->next ? (size_t)(arena->end - arena->next) : 0;
    char *here = arena->next;
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(here, room, fmt, args);
    va_end(args);
    if (n < 0) {
        return STR("");
    }
    char *p = arena_bytes(arena, (size_t)n + 1);
    if (p != here) {
        va_start(args, fmt);
        vsnprintf(p, (size_t)n + 1, fmt, args);
        va_end(args);
    }
    return (struct str){p, (size_t)n};
}

struct str arena_lower(struct arena *arena, struct str s)
{
    char *copy = arena_cstr(arena, s);
    for (size_t i = 0; i < s.n; i++) {
        copy[i] = char_lower(copy[i]);
    }
    return (struct str){copy, s.n};
}

struct str arena_concat(struct arena *arena, struct str a, struct str b)
{
    const struct str items[] = {a, b};
    return arena_join(arena, items, 2, STR(""));
}

struct str arena_join(struct arena *arena, const struct str *items, size_t n, struct str separator)
{
    size_t total = n > 1 ? (n - 1) * separator.n : 0;
    for (size_t i = 0; i < n; i++) {
        total += items[i].n;
    }
    char *start = arena_bytes(arena, total + 1);
    char *p = start;
    for (size_t i = 0; i < n; i++) {
        p = str_put(p, i > 0 ? separator : STR(""));
        p = str_put(p, items[i]);
    }
    assert(p == start + total);
    *p = '\0';
    return (struct str){start, total};
}
