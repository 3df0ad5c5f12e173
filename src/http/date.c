/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP dates (RFC 9110, 5.6.7). */
#include "http/date.h"

#include <assert.h>

/*
 * The three forms as patterns: a letter stands for a part, everything else for itself. D day, H
 * hour, M minute, S second, Y year in four digits, y in two, m the month's name, d a day that may
 * start with a blank, w the day's short name, W its long one (both unchecked, as they add nothing).
 */
static const char *const forms[] = {
    "w, D m Y H:M:S GMT", /* IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT */
    "W, D-m-y H:M:S GMT", /* RFC 850: Sunday, 06-Nov-94 08:49:37 GMT */
    "w m d H:M:S Y",      /* asctime: Sun Nov  6 08:49:37 1994 */
};

struct parts {
    int year;
    int month; /* 1 to 12 */
    int day;
    int hour;
    int minute;
    int second;
};

/* Takes n digits off *s. */
static bool date_take_number(struct str *s, size_t n, int *out)
{
    assert(n >= 1 && n <= 4);
    uint64_t number;
    if (s->n < n || !str_to_u64(str_head(*s, n), 9999, &number)) {
        return false;
    }
    *out = (int)number;
    *s = str_skip(*s, n);
    return true;
}

static bool take_month(struct str *s, int *out)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12 && s->n >= 3; i++) {
        if (memcmp(s->p, names + (ptrdiff_t)3 * i, 3) == 0) {
            *out = i + 1;
            *s = str_skip(*s, 3);
            return true;
        }
    }
    return false;
}

static bool take_letters(struct str *s, size_t min, size_t max)
{
    size_t n = 0;
    while (n < s->n && char_lower(s->p[n]) >= 'a' && char_lower(s->p[n]) <= 'z') {
        n++;
    }
    *s = str_skip(*s, n);
    return n >= min && n <= max;
}

/* nginx's reading of two digits; the fifty-year rule of RFC 9110 differs from it in 1970-1976 only.
 */
static bool take_short_year(struct str *s, int *out)
{
    if (!date_take_number(s, 2, out)) {
        return false;
    }
    *out += *out < 70 ? 2000 : 1900;
    return true;
}

static bool take_padded_day(struct str *s, int *out)
{
    if (s->n && s->p[0] == ' ') {
        *s = str_skip(*s, 1);
        return date_take_number(s, 1, out);
    }
    return date_take_number(s, 2, out);
}

static bool take_part(char part, struct str *s, struct parts *out)
{
    switch (part) {
    case 'w': return take_letters(s, 3, 3);
    case 'W': return take_letters(s, 6, 9);
    case 'D': return date_take_number(s, 2, &out->day);
    case 'd': return take_padded_day(s, &out->day);
    case 'm': return take_month(s, &out->month);
    case 'Y': return date_take_number(s, 4, &out->year);
    case 'y': return take_short_year(s, &out->year);
    case 'H': return date_take_number(s, 2, &out->hour);
    case 'M': return date_take_number(s, 2, &out->minute);
    case 'S': return date_take_number(s, 2, &out->second);
    default: return false;
    }
}

static bool is_part(char c)
{
    return c && strchr("wWDdmYyHMS", c);
}

static bool form_parse(const char *form, struct str s, struct parts *out)
{
    /* "GMT" is spelled out: its letters are no parts there. */
    for (const char *p = form; *p; p++) {
        if (strcmp(p, "GMT") == 0) {
            return str_eq(s, STR("GMT"));
        }
        if (is_part(*p)) {
            if (!take_part(*p, &s, out)) {
                return false;
            }
            continue;
        }
        if (s.n == 0 || s.p[0] != *p) {
            return false;
        }
        s = str_skip(s, 1);
    }
    return s.n == 0;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool parts_valid(const struct parts *parts)
{
    assert(parts->month >= 1 && parts->month <= 12); /* each form has a month */
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int last = days[parts->month - 1] + (parts->month == 2 && is_leap(parts->year));
    return parts->day >= 1 && parts->day <= last && parts->hour <= 23 && parts->minute <= 59 &&
           parts->second <= 60; /* a leap second */
}

bool date_parse(struct str s, time_t *out)
{
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct parts parts = {0};
        if (!form_parse(forms[i], s, &parts)) {
            continue;
        }
        if (!parts_valid(&parts)) {
            return false;
        }
        struct tm tm = {.tm_year = parts.year - 1900,
                        .tm_mon = parts.month - 1,
                        .tm_mday = parts.day,
                        .tm_hour = parts.hour,
                        .tm_min = parts.minute,
                        .tm_sec = parts.second};
        *out = timegm(&tm);
        return true;
    }
    return false;
}
