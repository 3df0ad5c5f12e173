/* SPDX-License-Identifier: Apache-2.0 */
#include "check/dn_pattern.h"

/* --- the parts of a name --- */

static bool is_of_attribute(char c)
{
    return char_is_alnum(c) || c == '.';
}

/* The length of "CN=" at the start of the text; 0: it does not begin so. */
static size_t attribute_at(struct str text)
{
    size_t n = 0;
    while (n < text.n && is_of_attribute(text.p[n])) {
        n++;
    }
    return n > 0 && n < text.n && text.p[n] == '=' ? n + 1 : 0;
}

size_t dn_parts(struct str text)
{
    size_t parts = 0;
    struct str rest = str_starts(text, STR("^")) ? str_skip(text, 1) : text;
    parts += attribute_at(rest) > 0;
    for (size_t i = 0; i < rest.n; i++) {
        bool escaped = i > 0 && rest.p[i - 1] == '\\' && rest.p[i] == ',';
        if ((rest.p[i] == ',' || rest.p[i] == '/') && !escaped) {
            parts += attribute_at(str_skip(rest, i + 1)) > 0;
        }
    }
    return parts;
}

/* --- patterns --- */

static bool starts_bounded(struct str s)
{
    static const char *const BEGINNINGS[] = {"^", "(^", "(?:^", "\\A"};
    for (size_t i = 0; i < sizeof(BEGINNINGS) / sizeof(BEGINNINGS[0]); i++) {
        if (str_starts(s, str_of(BEGINNINGS[i]))) {
            return true;
        }
    }
    return false;
}

/* An odd number of backslashes before the end: the last character is meant as it is. */
static bool end_is_escaped(struct str s)
{
    size_t n = 0;
    while (n + 1 < s.n && s.p[s.n - 2 - n] == '\\') {
        n++;
    }
    return n % 2 == 1;
}

static bool ends_bounded(struct str s)
{
    static const char *const ENDS[] = {",",   "$)",    "|$",     "($|,)", "(?:$|,)", "\\z",
                                       "\\Z", "[^,]+", "[^,]+)", "[^,]*", "[^,]*)"};
    if (str_ends(s, STR("$")) && !end_is_escaped(s)) {
        return true;
    }
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        if (str_ends(s, str_of(ENDS[i]))) {
            return true;
        }
    }
    return false;
}

/* A dot between letters that stands for itself, as in a host's name, but matches anything. */
static bool has_bare_dot(struct str s)
{
    bool in_class = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\') {
            i++;
        } else if (s.p[i] == '[') {
            in_class = true;
        } else if (s.p[i] == ']') {
            in_class = false;
        } else if (s.p[i] == '.' && !in_class && i > 0 && char_is_alnum(s.p[i - 1]) &&
                   i + 1 < s.n && char_is_alnum(s.p[i + 1])) {
            return true;
        }
    }
    return false;
}

static const char *flaw_of_one(struct str s)
{
    if (!starts_bounded(s)) {
        return "it may begin inside of another value";
    }
    if (!ends_bounded(s)) {
        return "it may end inside of a longer value";
    }
    return has_bare_dot(s) ? "a \".\" in it matches any character" : NULL;
}

/* The pattern up to the next "|" outside of all groups and classes; moves *rest behind it. */
static struct str next_alternative(struct str *rest)
{
    size_t depth = 0, i = 0;
    bool in_class = false;
    for (; i < rest->n; i++) {
        char c = rest->p[i];
        if (c == '\\') {
            i++;
        } else if (in_class) {
            in_class = c != ']';
        } else if (c == '[') {
            in_class = true;
        } else if (c == '(') {
            depth++;
        } else if (c == ')') {
            depth -= depth > 0;
        } else if (c == '|' && depth == 0) {
            break;
        }
    }
    struct str one = str_head(*rest, i < rest->n ? i : rest->n);
    *rest = str_skip(*rest, i + 1);
    return one;
}

/* ".*" at an end says that anything may stand there: what counts is before it. */
static struct str without_any(struct str s)
{
    while (str_ends(s, STR(".*"))) {
        s = str_head(s, s.n - 2);
    }
    return s;
}

const char *dn_pattern_flaw(struct str pattern)
{
    const char *flaw = NULL;
    struct str rest = pattern;
    do {
        struct str one = without_any(next_alternative(&rest));
        flaw = one.n ? flaw_of_one(one) : NULL;
    } while (!flaw && rest.n);
    return flaw;
}
