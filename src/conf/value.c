/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/value.h"

#include <stddef.h>
#include <string.h>

/* nginx's own bound: what fits its signed numbers. */
static const uint64_t value_max = INT64_MAX;

static bool multiply(uint64_t n, uint64_t by, uint64_t *out)
{
    return !__builtin_mul_overflow(n, by, out) && *out <= value_max;
}

static bool value_add(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_add_overflow(a, b, out) && *out <= value_max;
}

static unsigned size_shift(char unit)
{
    switch (char_lower(unit)) {
    case 'k': return 10;
    case 'm': return 20;
    case 'g': return 30;
    default: return 0;
    }
}

bool value_size(struct str s, uint64_t *bytes)
{
    unsigned shift = s.n ? size_shift(s.p[s.n - 1]) : 0;
    uint64_t n;
    return str_to_u64(str_head(s, s.n - (shift ? 1 : 0)), value_max, &n) &&
           multiply(n, (uint64_t)1 << shift, bytes);
}

/* Largest first: a value's units must come in this order, each once. */
static const struct unit {
    const char *name;
    uint64_t msec;
    bool msec_only; /* for times in milliseconds */
    bool sec_only;
} units[] = {
    {"y", UINT64_C(365) * 24 * 3600 * 1000, .sec_only = true},
    {"M", UINT64_C(30) * 24 * 3600 * 1000, .sec_only = true},
    {"w", UINT64_C(7) * 24 * 3600 * 1000},
    {"d", UINT64_C(24) * 3600 * 1000},
    {"h", UINT64_C(3600) * 1000},
    {"m", UINT64_C(60) * 1000},
    {"s", 1000},
    {"ms", 1, .msec_only = true},
};

/* The index of the unit that s starts with, looking from `from` on; COUNT_OF(units) when there is
 * none. */
static size_t find_unit(struct str s, size_t from, bool in_sec)
{
    struct str name = str_head(s, str_starts(s, STR("ms")) ? 2 : 1);
    for (size_t i = from; i < COUNT_OF(units); i++) {
        bool allowed = in_sec ? !units[i].msec_only : !units[i].sec_only;
        if (allowed && str_eq(name, str_of(units[i].name))) {
            return i;
        }
    }
    return COUNT_OF(units);
}

/* Takes the digits at the start of *s. */
static bool value_take_number(struct str *s, uint64_t *n)
{
    size_t digits = 0;
    while (digits < s->n && char_is_digit(s->p[digits])) {
        digits++;
    }
    struct str number = str_head(*s, digits);
    *s = str_skip(*s, digits);
    return str_to_u64(number, value_max, n);
}

/* Adds up "1d 2h30m 10"; a number without a unit is seconds and comes last. */
static bool parse_time(struct str s, bool in_sec, uint64_t *msec)
{
    *msec = 0;
    size_t from = 0; /* the units left to use */
    do {
        uint64_t n;
        if (from > COUNT_OF(units) || !value_take_number(&s, &n)) {
            return false;
        }
        uint64_t scale = 1000;
        if (s.n && s.p[0] != ' ') {
            size_t i = find_unit(s, from, in_sec);
            if (i == COUNT_OF(units)) {
                return false;
            }
            scale = units[i].msec;
            s = str_skip(s, strlen(units[i].name));
            from = i + 1;
        } else {
            from = COUNT_OF(units) + 1;
        }
        if (!multiply(n, scale, &n) || !value_add(*msec, n, msec)) {
            return false;
        }
        while (str_starts(s, STR(" "))) {
            s = str_skip(s, 1);
        }
    } while (s.n);
    return true;
}

bool value_msec(struct str s, uint64_t *msec)
{
    return parse_time(s, false, msec);
}

bool value_sec(struct str s, uint64_t *sec)
{
    uint64_t msec;
    if (!parse_time(s, true, &msec)) {
        return false;
    }
    *sec = msec / 1000;
    return true;
}

enum { DISTANCE_MAX = 4, DISTANCE_NAME_MAX = 64 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance, one row of the matrix at a time. */
unsigned value_distance(struct str a, struct str b)
{
    if (a.n > DISTANCE_NAME_MAX || b.n > DISTANCE_NAME_MAX) {
        return str_eq(a, b) ? 0 : DISTANCE_MAX;
    }
    unsigned row[DISTANCE_NAME_MAX + 1];
    for (unsigned j = 0; j <= b.n; j++) {
        row[j] = j;
    }
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned above = row[j];
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a.p[i - 1] != b.p[j - 1]));
            diagonal = above;
        }
    }
    return row[b.n] < DISTANCE_MAX ? row[b.n] : DISTANCE_MAX;
}
