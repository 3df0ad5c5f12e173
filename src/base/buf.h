/* SPDX-License-Identifier: Apache-2.0 */
/* A growable queue of bytes: append at the end, read from the front. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/str.h"

/* Bytes between `start` and `len` are unread. Appending never fails (as arena: abort); callers
 * limit the size. */
struct buf {
    char *data;
    size_t start;
    size_t len;
    size_t cap;
};

/* A zeroed struct buf is valid and empty. */
void buf_deinit(struct buf *buf);

static inline size_t buf_size(const struct buf *buf)
{
    return buf->len - buf->start;
}

/* Borrowed until the next call that appends. */
static inline struct str buf_view(const struct buf *buf)
{
    return (struct str){buf->data + buf->start, buf->len - buf->start};
}

/* Makes room for n more bytes at the end, and returns their place. Follow with buf_grew. */
char *buf_reserve(struct buf *buf, size_t n) __attribute__((returns_nonnull));
void buf_grew(struct buf *buf, size_t n);

void buf_append(struct buf *buf, struct str s);
void buf_byte(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Drops n read bytes from the front; an empty buffer starts again at its beginning. */
void buf_consume(struct buf *buf, size_t n);
/* Drops the content, keeps the memory. */
void buf_clear(struct buf *buf);

#endif
