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
    uint64_t end; /* behind the last byte */
};

enum range_result {
    RANGE_IGNORE,        /* no byte ranges, or too many: answer 200 with everything */
    RANGE_UNSATISFIABLE, /* 416; malformed ones too, as nginx answers them */
    RANGE_OK,
};

/*
 * Reads a Range value against a body of `size` bytes; at most max_ranges (nginx's max_ranges; 0:
 * none allowed), and as nginx no more bytes altogether than the body has.
 */
enum range_result range_parse(struct str value, uint64_t size, size_t max_ranges,
                              struct arena *arena, struct byte_range **out, size_t *n);

#endif
