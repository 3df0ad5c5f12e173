/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes and encodes the chunked transfer coding (RFC 9112, 7.1). */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/header.h"
#include "http/request_head.h"

/* Zero it at the start of a body. */
struct chunked {
    int state;          /* private */
    uint64_t left;      /* of the current chunk */
    size_t extension_n; /* bytes of chunk extensions in this body, limited */
    struct head_scan trailer;
};

enum chunked_step {
    CHUNKED_DATA, /* *data is set (a view into the input) */
    CHUNKED_MORE, /* all input was used: more is needed */
    CHUNKED_END,  /* the last chunk and the trailers were read; *in is what follows */
    CHUNKED_BAD,  /* malformed; the connection must be closed */
};

/*
 * Takes what it can off the front of *in. Sizes are hexadecimal without sign or blanks, at most 15
 * digits; lines end in CR LF; skips extensions, up to 4096 bytes per body. Parses the trailers (at
 * most trailer_max bytes) into *trailers, with copies in the arena; while they are incomplete, *in
 * stays at their start.
 */
enum chunked_step chunked_decode(struct chunked *chunked, struct str *in, size_t trailer_max,
                                 struct arena *arena, struct headers *trailers, struct str *data);

/* Whether a trailer section, of any protocol, may have that field (RFC 9110, 6.5.1). */
bool trailer_allows(enum header_id id);

enum { CHUNK_HEAD_MAX = 18 };
/* Writes the first line of a chunk of n > 0 bytes, "SIZE\r\n", into out; the caller adds the data
 * and
 * "\r\n". Returns the line's length. */
size_t chunk_head(uint64_t n, char out[static CHUNK_HEAD_MAX]);

#endif
