/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/output.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/must.h"

enum {
    FLUSH_SHARE = 2 * 1024 * 1024, /* then other connections get their turn */
    RECORD_MAX = 16 * 1024,        /* RFC 8446, 5.1 */
};

static void drop_file(struct output *output)
{
    struct output_file *file = output->files;
    output->files = file->next;
    if (file->owned) {
        close(file->fd);
    }
    free(file);
}

void output_init(struct output *output, struct spare_bufs *spare)
{
    *output = (struct output){.spare = spare};
}

void output_deinit(struct output *output)
{
    while (output->files) {
        drop_file(output);
    }
    buf_clear(&output->bytes);
    spare_bufs_give(output->spare, &output->bytes);
    output_init(output, output->spare);
}

void output_bytes(struct output *output, struct str bytes)
{
    spare_bufs_take(output->spare, &output->bytes);
    buf_append(&output->bytes, bytes);
}

char *output_reserve(struct output *output, size_t n)
{
    spare_bufs_take(output->spare, &output->bytes);
    return buf_reserve(&output->bytes, n);
}

void output_file(struct output *output, int fd, uint64_t offset, uint64_t n, bool owned)
{
    size_t before = buf_size(&output->bytes);
    struct output_file **last = &output->files;
    while (*last) {
        assert((*last)->before <= before); /* the bytes before each file are there */
        before -= (*last)->before;
        last = &(*last)->next;
    }
    struct output_file *file = must_have(calloc(1, sizeof(*file)));
    *file = (struct output_file){
        .fd = fd, .offset = offset, .left = n, .owned = owned, .before = before};
    *last = file;
}

uint64_t output_size(const struct output *output)
{
    uint64_t size = buf_size(&output->bytes);
    for (const struct output_file *file = output->files; file; file = file->next) {
        size += file->left;
    }
    return size;
}

/* Reads the next bytes of the first file behind `have` bytes already in scratch. */
static bool output_read_file(const struct output_file *file, char *scratch, size_t have,
                             size_t size, size_t *n, struct error *err)
{
    assert(have < size);
    size_t want = file->left < size - have ? (size_t)file->left : size - have;
    ssize_t got;
    do {
        got = pread(file->fd, scratch + have, want, (off_t)file->offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return error_errno(err, errno, "pread()");
    }
    if (got == 0 && want) {
        return error_set(err, "file was truncated while it was being sent");
    }
    *n = (size_t)got;
    return true;
}

/* What goes next: bytes alone, or bytes and the start of a file joined into one record. */
static bool output_next_part(struct output *output, char *scratch, size_t record, struct str *part,
                             size_t *from_bytes, struct error *err)
{
    struct output_file *file = output->files;
    struct str bytes = buf_view(&output->bytes);
    *from_bytes = file ? file->before : bytes.n;
    if (!file || file->before >= record) {
        *part = str_head(bytes, *from_bytes);
        return true;
    }
    memcpy(scratch, bytes.p ? bytes.p : "", file->before);
    size_t n = 0;
    if (!output_read_file(file, scratch, file->before, record, &n, err)) {
        return false;
    }
    *part = (struct str){scratch, file->before + n};
    return true;
}

static void consume(struct output *output, size_t sent, size_t from_bytes)
{
    struct output_file *file = output->files;
    size_t of_bytes = sent < from_bytes ? sent : from_bytes;
    output->sent += sent;
    if (of_bytes) {
        buf_consume(&output->bytes, of_bytes);
        if (buf_size(&output->bytes) == 0) {
            spare_bufs_give(output->spare, &output->bytes);
        }
    }
    if (file) {
        assert(of_bytes <= file->before && sent - of_bytes <= file->left);
        file->before -= of_bytes;
        file->offset += sent - of_bytes;
        file->left -= sent - of_bytes;
        if (file->left == 0 && file->before == 0) {
            drop_file(output);
        }
    }
}

bool output_take(struct output *output, char *into, size_t cap, size_t *n, struct error *err)
{
    *n = 0;
    while (*n < cap && output_size(output)) {
        struct str part;
        size_t from_bytes;
        if (!output_next_part(output, into + *n, cap - *n, &part, &from_bytes, err)) {
            return false;
        }
        part = str_head(part, cap - *n);
        if (part.p != into + *n) {
            memcpy(into + *n, part.p, part.n);
        }
        consume(output, part.n, from_bytes);
        *n += part.n;
    }
    return true;
}

size_t output_peek(const struct output *output, char *into, size_t n, size_t stride, size_t count)
{
    const struct output_file *file = output->files;
    struct iovec parts[OUTPUT_PARTS];
    assert(n > 0 && n <= stride);
    if (!file || file->before) {
        return 0;
    }
    count = count < OUTPUT_PARTS ? count : OUTPUT_PARTS;
    count = file->left / n < count ? (size_t)(file->left / n) : count;
    for (size_t i = 0; i < count; i++) {
        parts[i] = (struct iovec){into + i * stride, n};
    }
    ssize_t got = count ? preadv(file->fd, parts, (int)count, (off_t)file->offset) : 0;
    return got > 0 ? (size_t)got / n : 0;
}

void output_skip(struct output *output, size_t n)
{
    assert(output->files && !output->files->before && output->files->left >= n);
    consume(output, n, 0);
}

enum io output_flush(struct output *output, struct transport *transport, char *scratch, size_t size,
                     struct error *err)
{
    uint64_t start = output->sent;
    size_t record = transport->ssl && size > RECORD_MAX ? RECORD_MAX : size;
    while (output->files || buf_size(&output->bytes)) {
        if (output->sent - start >= FLUSH_SHARE) {
            return IO_WANT_WRITE;
        }
        struct str part;
        size_t from_bytes, sent;
        if (!output_next_part(output, scratch, record, &part, &from_bytes, err)) {
            return IO_FAILED;
        }
        enum io io = transport_write(transport, part, &sent, err);
        if (io != IO_DONE) {
            return io;
        }
        consume(output, sent, from_bytes);
    }
    return IO_DONE;
}
