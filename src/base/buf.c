/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"

void buf_deinit(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

char *buf_reserve(struct buf *buf, size_t n)
{
    if (n <= buf->cap - buf->len && buf->data) {
        return buf->data + buf->len;
    }
    assert(buf->start <= buf->len && buf->len <= buf->cap);
    if (buf->start) {
        memmove(buf->data, buf->data + buf->start, buf->len - buf->start);
        buf->len -= buf->start;
        buf->start = 0;
    }
    if (n > buf->cap - buf->len || !buf->data) {
        size_t need = buf->len + n;
        size_t cap = buf->cap ? buf->cap : 256;
        while (cap < need) {
            cap *= 2;
        }
        char *data = must_have(need < n ? NULL : realloc(buf->data, cap));
        assert(cap - buf->len >= n);
        buf->data = data;
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void buf_grew(struct buf *buf, size_t n)
{
    assert(n <= buf->cap - buf->len);
    buf->len += n;
}

void buf_append(struct buf *buf, struct str s)
{
    if (s.n) {
        memcpy(buf_reserve(buf, s.n), s.p, s.n);
        buf->len += s.n;
    }
}

void buf_byte(struct buf *buf, char c)
{
    *buf_reserve(buf, 1) = c;
    buf->len++;
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0) {
        return;
    }
    char *p = buf_reserve(buf, (size_t)n + 1);
    va_start(args, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, args);
    va_end(args);
    buf->len += (size_t)n;
}

void buf_consume(struct buf *buf, size_t n)
{
    assert(n <= buf->len - buf->start);
    buf->start += n;
    if (buf->start == buf->len) {
        buf->start = buf->len = 0;
    }
}

void buf_clear(struct buf *buf)
{
    buf->start = buf->len = 0;
}
