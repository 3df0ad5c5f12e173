/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Freed memory, kept for the next who needs as much: the heap would join it with what is beside it,
 * and split it again. Zeroed is valid and empty. A thread has its own; none locks.
 */
#ifndef BASE_SPARE_H
#define BASE_SPARE_H

#include <stddef.h>

#include "base/buf.h"

/* Blocks of one size. */
struct spare {
    void *first; /* each begins with a pointer to the next */
    unsigned n;
};

/* A block of `size` bytes, the same in each call, not cleared; never NULL. May also be freed with
 * free(). */
void *spare_take(struct spare *spare, size_t size) __attribute__((malloc, returns_nonnull));
/* Keeps or frees a block of that size; NULL is allowed. */
void spare_give(struct spare *spare, void *block);
void spare_deinit(struct spare *spare);

/* The memory of buffers, of any size. */
struct spare_bufs {
    struct buf items[4];
    unsigned n;
};

/* Gives memory to a buffer that has none, if there is some. */
void spare_bufs_take(struct spare_bufs *spare, struct buf *buf);
/* Takes or frees the memory of an empty buffer. */
void spare_bufs_give(struct spare_bufs *spare, struct buf *buf);
void spare_bufs_deinit(struct spare_bufs *spare);

#endif
