/* SPDX-License-Identifier: Apache-2.0 */
/* A view of bytes: pointer and length, not NUL-terminated, owned elsewhere. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

struct str {
    const char *p; /* may be NULL when n is 0 */
    size_t n;
};

/* A view of a string literal, usable in initialisers and expressions. */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
/* For printf: "%.*s" takes STR_ARG(s). */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str str_of(const char *cstr)
{
    return (struct str){cstr, cstr ? strlen(cstr) : 0};
}

static inline struct str str_range(const char *start, const char *end)
{
    assert(start <= end);
    return (struct str){start, (size_t)(end - start)};
}

/* Copies s to p, where there is room for it; returns what is behind the copy. */
static inline char *str_put(char *p, struct str s)
{
    if (s.n) {
        memcpy(p, s.p, s.n);
    }
    return p + s.n;
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII only: tokens of RFC 9110 and host names have no other letters. */
static inline char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ASCII letters and digits. */
static inline bool char_is_alnum(char c)
{
    char l = char_lower(c);
    return (l >= 'a' && l <= 'z') || char_is_digit(c);
}

/* Value of a hexadecimal digit, or -1. */
static inline int char_hex(char c)
{
    if (char_is_digit(c)) {
        return c - '0';
    }
    char l = char_lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* Ignores the case of ASCII letters. */
bool str_ieq(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_istarts(struct str s, struct str prefix);

/* Offset of the first (last) `c`, or s.n. */
size_t str_find(struct str s, char c);
size_t str_rfind(struct str s, char c);
/* Offset of the first `needle`, or s.n. An empty needle is found at 0. */
size_t str_search(struct str s, struct str needle);

/* s without its first n bytes; n may be larger than s. */
struct str str_skip(struct str s, size_t n);
/* The first n bytes of s; n may be larger than s. */
struct str str_head(struct str s, size_t n);
/* Without blanks and tabs (RFC 9110, 5.6.3: OWS) at both ends. */
struct str str_trim(struct str s);
/* Takes the part before the first `sep`, and `sep`, off *rest; without `sep`, all of it. */
struct str str_split(struct str *rest, char sep);

/* Parses the whole string: decimal digits, no sign, at most `max`. */
MUST_CHECK bool str_to_u64(struct str s, uint64_t max, uint64_t *out);

/* Writes two hexadecimal digits for each byte to p; returns what is behind them. */
char *hex_put(char *p, struct str bytes, bool upper);

/* FNV-1a over the bytes (str_ihash: in lower case). It has no secret: only for tables of a bounded
 * size, or built from trusted files. */
uint32_t str_hash(struct str s);
uint32_t str_ihash(struct str s);

#endif
