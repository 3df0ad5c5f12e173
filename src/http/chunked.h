/* SPDX-License-Identifier: Apache-2.0 */
/* The chunked transfer coding, both ways (RFC 9112, 7.1). */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/header.h"
#include "http/request_head.h"

/* Zeroed at the start of a body. */
struct chunked {
    int state;          /* private */
    uint64_t left;      /* of the current chunk */
    size_t extension_n; /* bytes of chunk extensions in this body: bounded */
    struct head_scan trailer;
};

enum chunked_step {
    CHUNKED_DATA, /* *data is set (a view into the input) */
    CHUNKED_MORE, /* all input used */
    CHUNKED_END,  /* the last chunk and the trailer section were read; *in is what follows */
    CHUNKED_BAD,  /* malformed; the connection must be closed */
};

/*
 * Takes what it can off the front of *in. Sizes are hexadecimal without sign or blanks, at most 15
 * digits; lines end in CR LF; extensions are skipped, up to 4096 bytes a body. The trailer section
 * (at most trailer_max bytes) is parsed into *trailers with copies in the arena; while it is
 * incomplete *in is left at its start.
 */
enum chunked_step chunked_decode(struct chunked *chunked, struct str *in, size_t trailer_max,
                                 struct arena *arena, struct headers *trailers, struct str *data);

enum { CHUNK_HEAD_MAX = 18 };
/* Writes "SIZE\r\n" of a chunk of n > 0 bytes into out; the data and "\r\n" follow. Returns its
 * length. */
size_t chunk_head(uint64_t n, char out[static CHUNK_HEAD_MAX]);

#endif
