/* SPDX-License-Identifier: Apache-2.0 */
/* Byte ranges (RFC 9110, 14). */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct byte_range {
    uint64_t start;
    uint64_t end; /* after the last byte */
};

enum range_result {
    RANGE_IGNORE,        /* no byte ranges, or too many: answer 200 with the whole body */
    RANGE_UNSATISFIABLE, /* 416; also for malformed ranges, as in nginx */
    RANGE_OK,
};

/*
 * Parses a Range value for a body of `size` bytes. Allows at most max_ranges (0: none), and, as
 * nginx, no more bytes altogether than the body has.
 */
enum range_result range_parse(struct str value, uint64_t size, size_t max_ranges,
                              struct arena *arena, struct byte_range **out, size_t *n);

#endif
