/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spare.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/must.h"

#ifdef __has_feature
#define HAS_ASAN __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#else
#define HAS_ASAN 0
#endif

enum {
    KEEPS = !HAS_ASAN, /* the sanitizer finds a use of freed memory only in what was freed */
    BLOCKS_MAX = 64,
    BUFS_MAX = COUNT_OF(((struct spare_bufs *)NULL)->items),
    BUF_SIZE_MAX = 256 * 1024, /* a larger buffer is given back */
};

void *spare_take(struct spare *spare, size_t size)
{
    void *block = spare->first;
    assert(size >= sizeof(block));
    if (!block) {
        return must_have(malloc(size));
    }
    memcpy(&spare->first, block, sizeof(spare->first));
    spare->n--;
    return block;
}

void spare_give(struct spare *spare, void *block)
{
    if (!block || !KEEPS || spare->n >= BLOCKS_MAX) {
        free(block);
        return;
    }
    memcpy(block, &spare->first, sizeof(spare->first));
    spare->first = block;
    spare->n++;
}

void spare_deinit(struct spare *spare)
{
    while (spare->first) {
        free(spare_take(spare, sizeof(spare->first)));
    }
    assert(spare->n == 0);
}

void spare_bufs_take(struct spare_bufs *spare, struct buf *buf)
{
    if (!buf->data && spare->n) {
        *buf = spare->items[--spare->n];
    }
}

void spare_bufs_give(struct spare_bufs *spare, struct buf *buf)
{
    assert(buf_size(buf) == 0);
    if (!buf->data || !KEEPS || spare->n >= BUFS_MAX || buf->cap > BUF_SIZE_MAX) {
        buf_deinit(buf);
        return;
    }
    buf_clear(buf);
    spare->items[spare->n++] = *buf;
    *buf = (struct buf){0};
}

void spare_bufs_deinit(struct spare_bufs *spare)
{
    while (spare->n) {
        buf_deinit(&spare->items[--spare->n]);
    }
}
