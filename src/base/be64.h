/* SPDX-License-Identifier: Apache-2.0 */
/* 64-bit numbers as eight octets, the most significant first. */
#ifndef BASE_BE64_H
#define BASE_BE64_H

#include <stdint.h>

static inline void be64_put(unsigned char *out, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (unsigned char)(value >> (8 * (7 - i)));
    }
}

static inline uint64_t be64_get(const unsigned char *data)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | data[i];
    }
    return value;
}

#endif
