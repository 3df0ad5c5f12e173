/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/h2/memory.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * A block, by its pages:
 *
 *     0      the connection's own state, what nghttp2 allocates first (its session object), then
 *            the start of the frame buffer
 *     1 - 4  the rest of the frame buffer: only a header section of more than 500 bytes comes here
 *     5      the table of streams
 */
enum {
    PAGE = 4096,
    FRAME_AT = PAGE - 512,
    TABLE_AT = 5 * PAGE,
    BLOCK_SIZE = 6 * PAGE,
    FRAME_MIN = 2 * PAGE, /* so large is no other object of a new session */
    ALIGNED_TO = 16,
    SMALL = 256, /* a header field for later requests, what the first frames need */
};

void h2_memory_init(struct h2_memory *memory)
{
    *memory = (struct h2_memory){0};
    if (sysconf(_SC_PAGESIZE) == PAGE) { /* otherwise nothing is gained */
        memory->block = aligned_alloc(PAGE, BLOCK_SIZE);
    }
    if (memory->block) { /* pages that the heap has used before */
        (void)madvise(memory->block, BLOCK_SIZE, MADV_DONTNEED);
    }
}

void h2_memory_deinit(struct h2_memory *memory)
{
    char *block = memory->block;
    *memory = (struct h2_memory){0};
    free(block); /* it may hold `memory` */
}

void h2_memory_trim(struct h2_memory *memory)
{
    static const char zeros[PAGE];
    char *table = memory->block ? memory->block + TABLE_AT : NULL;
    if (memory->has_table && memcmp(table, zeros, PAGE) == 0) {
        (void)madvise(table, PAGE, MADV_DONTNEED); /* reads as zeros again */
    }
}

/* Bytes from p to the end of the block; 0: it is not in there. */
static size_t room_behind(const struct h2_memory *memory, const void *p)
{
    uintptr_t start = (uintptr_t)memory->block, at = (uintptr_t)p;
    return start && at >= start && at < start + BLOCK_SIZE ? start + BLOCK_SIZE - at : 0;
}

/* A place in the block; NULL: there is none. */
static void *place_for(struct h2_memory *memory, size_t n)
{
    if (!memory->block || (memory->has_frame && n > SMALL)) {
        return NULL; /* the session is made: what is large now comes and goes */
    }
    if (n >= FRAME_MIN && n <= TABLE_AT - FRAME_AT) {
        memory->has_frame = true;
        return memory->block + FRAME_AT;
    }
    if (n == PAGE && !memory->has_table) {
        memory->has_table = true;
        return memory->block + TABLE_AT;
    }
    size_t rounded = (n + ALIGNED_TO - 1) / ALIGNED_TO * ALIGNED_TO;
    if (n == 0 || n > FRAME_AT || rounded > FRAME_AT - memory->used) {
        return NULL;
    }
    memory->newest = memory->used;
    memory->used += rounded;
    return memory->block + memory->newest;
}

/* What was placed last makes room again; anything else goes with the block. */
static void take_back(struct h2_memory *memory, const void *p)
{
    if (memory->newest < memory->used && p == memory->block + memory->newest) {
        memory->used = memory->newest;
    }
}

void *h2_memory_take(struct h2_memory *memory, size_t n)
{
    void *p = place_for(memory, n);
    assert(p);
    return memset(p, 0, n);
}

/* --- what nghttp2 calls --- */

static void *memory_malloc(size_t n, void *arg)
{
    void *p = place_for(arg, n);
    return p ? p : malloc(n);
}

static void *memory_calloc(size_t count, size_t size, void *arg)
{
    if (size && count > SIZE_MAX / size) {
        return NULL;
    }
    void *p = place_for(arg, count * size);
    return p ? memset(p, 0, count * size) : calloc(count, size);
}

static void memory_free(void *p, void *arg)
{
    if (!room_behind(arg, p)) {
        free(p);
    } else {
        take_back(arg, p);
    }
}

static void *memory_realloc(void *p, size_t n, void *arg)
{
    if (!p) {
        return memory_malloc(n, arg);
    }
    size_t room = room_behind(arg, p);
    if (!room) {
        return realloc(p, n);
    }
    void *copy = malloc(n);
    return copy ? memcpy(copy, p, n < room ? n : room) : NULL;
}

nghttp2_mem h2_memory_functions(struct h2_memory *memory)
{
    return (nghttp2_mem){memory, memory_malloc, memory_free, memory_calloc, memory_realloc};
}
