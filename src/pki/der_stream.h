/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads DER elements from a source through a small buffer: an element may be larger than the buffer
 * if only its parts are read.
 */
#ifndef PKI_DER_STREAM_H
#define PKI_DER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_source.h"
#include "base/str.h"
#include "pki/der.h"

enum { DER_STREAM_CAP = 64 * 1024 }; /* the largest element that der_stream_take returns */

struct der_stream {
    struct byte_source source;
    unsigned char *buf;
    size_t start;
    size_t end;
    uint64_t at;   /* octets before buf[start] */
    size_t unseen; /* octets before `start` that the tap has not received yet */
    bool held;     /* keep these octets in the buffer */
    /* Receives the octets that are passed, in order; may be NULL. */
    bool (*tap)(void *arg, const unsigned char *p, size_t n, struct error *err);
    void *tap_arg;
};

void der_stream_init(struct der_stream *stream, const struct byte_source *source);
void der_stream_deinit(struct der_stream *stream);

/* Whether the source has no more octets. */
MUST_CHECK bool der_stream_ended(struct der_stream *stream, bool *ended, struct error *err);

/*
 * The header of the next element, which must end at or before `end` (a position like `at`). Passes
 * nothing.
 */
MUST_CHECK bool der_stream_peek(struct der_stream *stream, uint64_t end, struct der_header *out,
                                struct error *err);
/* Passes the header of an element with that tag; *inner is the end of its content. */
MUST_CHECK bool der_stream_enter(struct der_stream *stream, uint8_t tag, uint64_t end,
                                 uint64_t *inner, struct error *err);
/* Passes one element with that tag; `whole` is the element, valid until the next call. */
MUST_CHECK bool der_stream_take(struct der_stream *stream, uint8_t tag, uint64_t end,
                                struct str *whole, struct error *err);

/* Keeps all octets from here on in the buffer until der_stream_tap. They must fit into it. */
void der_stream_hold(struct der_stream *stream);
/* `tap` receives what is passed, beginning `skip` octets after der_stream_hold. */
void der_stream_tap(struct der_stream *stream, size_t skip,
                    bool (*tap)(void *arg, const unsigned char *p, size_t n, struct error *err),
                    void *arg);
/* Sends the tap all octets up to here. */
MUST_CHECK bool der_stream_flush(struct der_stream *stream, struct error *err);

#endif
