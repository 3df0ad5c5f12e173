/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of DER from a source, through a small buffer: what holds them is never held itself. */
#ifndef PKI_DER_STREAM_H
#define PKI_DER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_source.h"
#include "base/str.h"
#include "pki/der.h"

enum { DER_STREAM_CAP = 64 * 1024 }; /* the largest element that is taken in one piece */

struct der_stream {
    struct byte_source source;
    unsigned char *buf;
    size_t start;
    size_t end;
    uint64_t at;   /* octets before buf[start] */
    size_t unseen; /* from here to start, the tap has not seen them */
    bool held;     /* keep what is unseen */
    /* Sees what is passed, in order; NULL: nobody does. */
    bool (*tap)(void *arg, const unsigned char *p, size_t n, struct error *err);
    void *tap_arg;
};

void der_stream_init(struct der_stream *stream, const struct byte_source *source);
void der_stream_deinit(struct der_stream *stream);

/* Whether there is nothing more. */
MUST_CHECK bool der_stream_ended(struct der_stream *stream, bool *ended, struct error *err);

/* The header of the next element, which has to end at or before `end` (as `at`). Nothing is passed.
 */
MUST_CHECK bool der_stream_peek(struct der_stream *stream, uint64_t end, struct der_header *out,
                                struct error *err);
/* Passes the header of an element with that tag; *inner is where its content ends. */
MUST_CHECK bool der_stream_enter(struct der_stream *stream, uint8_t tag, uint64_t end,
                                 uint64_t *inner, struct error *err);
/* Passes one element with that tag; `whole` is it, valid until the next call. */
MUST_CHECK bool der_stream_take(struct der_stream *stream, uint8_t tag, uint64_t end,
                                struct str *whole, struct error *err);

/* Keeps all from here on in the buffer until der_stream_tap: not more than it holds. */
void der_stream_hold(struct der_stream *stream);
/* From `skip` octets behind der_stream_hold on, `tap` sees what is passed. */
void der_stream_tap(struct der_stream *stream, size_t skip,
                    bool (*tap)(void *arg, const unsigned char *p, size_t n, struct error *err),
                    void *arg);
/* Shows the tap all up to here. */
MUST_CHECK bool der_stream_flush(struct der_stream *stream, struct error *err);

#endif
