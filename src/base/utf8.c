/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <assert.h>

#include "base/compiler.h"

/* What the first octet says: how many follow, and its own bits. */
static size_t size_of(unsigned char c, uint32_t *bits)
{
    if (c < 0x80) {
        *bits = c;
        return 1;
    }
    if (c < 0xc2 || c > 0xf4) {
        return 0;
    }
    size_t size = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    *bits = c & (0x7fU >> size);
    return size;
}

size_t utf8_first(struct str text, uint32_t *character)
{
    assert(text.n > 0);
    static const uint32_t SMALLEST[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text.p;
    uint32_t c = 0;
    size_t size = size_of(p[0], &c);
    if (size == 0 || size > text.n) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < SMALLEST[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        return 0;
    }
    *character = c;
    return size;
}

bool utf8_is_visible(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } UNSEEN[] = {
        {0, 0x1f},          {0x7f, 0x9f},        {0xad, 0xad},     {0x61c, 0x61c},
        {0x180e, 0x180e},   {0x200b, 0x200f},    {0x2028, 0x202e}, {0x2060, 0x206f},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},    {0xfff0, 0xfffb}, {0xfffe, 0xffff},
        {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
    };
    for (size_t i = 0; i < COUNT_OF(UNSEEN); i++) {
        if (character >= UNSEEN[i].first && character <= UNSEEN[i].last) {
            return false;
        }
    }
    return true;
}
