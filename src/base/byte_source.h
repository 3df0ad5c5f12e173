/* SPDX-License-Identifier: Apache-2.0 */
/* A source of bytes, read piece by piece, so that large input is never whole in memory. */
#ifndef BASE_BYTE_SOURCE_H
#define BASE_BYTE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct byte_source {
    /* Puts up to `cap` (> 0) bytes into `out`; *n == 0 is the end. False: *err says why. */
    bool (*read)(void *arg, unsigned char *out, size_t cap, size_t *n, struct error *err);
    void *arg;
};

#endif
