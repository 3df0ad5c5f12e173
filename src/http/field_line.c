/* SPDX-License-Identifier: Apache-2.0 */
/* What request heads, response heads and trailer sections share: lines, and one field in a line. */
#include "http/field_line.h"

#include <assert.h>
#include <stdint.h>

#include "http/char_class.h"

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/*
 * Eight bytes at a time. In (x - c) & ~x & 0x80.. the lowest bit set belongs to the first byte
 * below c; borrows reach only the bytes above it, so they may give false hits there but never hide
 * one.
 */
static uint64_t control_bits(uint64_t x)
{
    uint64_t del = x ^ EACH_BYTE(0x7f);
    uint64_t below = (x - EACH_BYTE(0x20)) & ~x;
    uint64_t equal = (del - EACH_BYTE(0x01)) & ~del;
    return (below | equal) & EACH_BYTE(0x80);
}

size_t control_find(struct str s, size_t from)
{
    assert(from <= s.n);
    size_t i = from;
    for (; i + sizeof(uint64_t) <= s.n; i += sizeof(uint64_t)) {
        uint64_t x;
        memcpy(&x, s.p + i, sizeof(x));
        if (control_bits(x)) {
            break;
        }
    }
    while (i < s.n && !char_is(s.p[i], CHAR_CONTROL)) {
        i++;
    }
    return i;
}

bool has_blank_or_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ' || char_is(s.p[i], CHAR_CONTROL)) {
            return true;
        }
    }
    return false;
}

bool line_take(struct str *rest, struct str *line)
{
    size_t n = str_find(*rest, '\n');
    if (n == rest->n) {
        return false;
    }
    *line = str_head(*rest, n && rest->p[n - 1] == '\r' ? n - 1 : n);
    *rest = str_skip(*rest, n + 1);
    return true;
}

/* Judges the name that ends at a colon or with `s`, and tells its length. */
static inline enum field_line name_judge(struct str s, size_t *length)
{
    unsigned char classes = 0xff; /* what all characters of the name have in common */
    size_t n = 0;
    for (; n < s.n && s.p[n] != ':'; n++) {
        unsigned char c = (unsigned char)s.p[n];
        /* RFC 9112, 5.1: no whitespace before the colon. 5.2: none at the start of a line. */
        if (c <= ' ' || c == 0x7f) {
            return FIELD_MALFORMED;
        }
        classes &= char_classes[c];
    }
    *length = n;
    if (n == 0) {
        return FIELD_MALFORMED;
    }
    if (classes & CHAR_USUAL_NAME) {
        return FIELD_USUAL;
    }
    return classes & CHAR_TOKEN ? FIELD_TOKEN : FIELD_NO_TOKEN;
}

enum field_line field_name_judge(struct str name)
{
    size_t n;
    enum field_line kind = name_judge(name, &n);
    return kind != FIELD_MALFORMED && n < name.n ? FIELD_MALFORMED : kind;
}

enum field_line field_line_parse(struct str line, struct str *name, struct str *value)
{
    size_t n;
    enum field_line kind = name_judge(line, &n);
    if (kind == FIELD_MALFORMED || n == line.n) {
        return FIELD_MALFORMED;
    }
    *name = str_head(line, n);
    *value = str_trim(str_skip(line, n + 1));
    return kind;
}

bool field_name_usual_or_underscore(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] != '_' && !char_is(name.p[i], CHAR_USUAL_NAME)) {
            return false;
        }
    }
    return true;
}
