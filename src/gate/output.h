/* SPDX-License-Identifier: Apache-2.0 */
/* The output of a connection: bytes, with parts of files between them. */
#ifndef GATE_OUTPUT_H
#define GATE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "base/spare.h"
#include "base/str.h"
#include "tls/transport.h"

enum { OUTPUT_PARTS = 16 };

struct output_file {
    int fd;
    uint64_t offset;
    uint64_t left;
    bool owned;
    size_t before; /* how many of output.bytes go first */
    struct output_file *next;
};

struct output {
    struct buf bytes;
    struct spare_bufs *spare;  /* of memory for `bytes` */
    struct output_file *files; /* in order */
    uint64_t sent;             /* so far, for $bytes_sent */
    bool blocked;              /* the client does not take more for now */
};

/* `spare` must live longer. An output without anything to send holds no memory. */
void output_init(struct output *output, struct spare_bufs *spare);
/* Drops what was not sent. The output may be used again, as after init. */
void output_deinit(struct output *output);
void output_bytes(struct output *output, struct str bytes);
/* Room for n bytes behind the bytes it has; the caller then says how many it wrote: buf_grew. */
char *output_reserve(struct output *output, size_t n);
/* If `owned`, the descriptor is closed when the part is sent or the output is freed. */
void output_file(struct output *output, int fd, uint64_t offset, uint64_t n, bool owned);
/* Bytes not sent yet, with those in files. */
uint64_t output_size(const struct output *output);

/*
 * Moves up to `cap` bytes from the front to `into`; *n is their number. False with err: a file
 * cannot be read, or became shorter than promised.
 */
MUST_CHECK bool output_take(struct output *output, char *into, size_t cap, size_t *n,
                            struct error *err);
/*
 * Copies the next `count` parts of n bytes each, if all are of one file, to `into`, `into` + stride
 * and so on, and moves nothing. Returns how many parts are there, in one call to the kernel; fewer
 * also when the file cannot be read: output_take says why. At most OUTPUT_PARTS.
 */
size_t output_peek(const struct output *output, char *into, size_t n, size_t stride, size_t count);
/* Drops a part that output_peek has copied. */
void output_skip(struct output *output, size_t n);

/*
 * Sends until everything is sent (IO_DONE), the client takes no more (WANT_*), or a fair share was
 * sent (IO_WANT_WRITE). `scratch` of `size` bytes is for reading files. IO_FAILED with err also if
 * a file became shorter than promised.
 */
enum io output_flush(struct output *output, struct transport *transport, char *scratch, size_t size,
                     struct error *err);

#endif
