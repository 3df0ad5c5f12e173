/* SPDX-License-Identifier: Apache-2.0 */
/* What a field can hold of a value that was not made for one. */
#include "http/field_value.h"

#include <assert.h>

#include "http/header.h"

static const struct str begin_line = STR_INIT("-----BEGIN CERTIFICATE-----");
static const struct str end_line = STR_INIT("-----END CERTIFICATE-----");

/* How much of `s` stands before `mark`; all of it when that is not there. */
static size_t field_value_find(struct str s, struct str mark)
{
    size_t n = 0;
    while (n < s.n && !str_starts(str_skip(s, n), mark)) {
        n++;
    }
    return n;
}

static bool is_space(char c)
{
    return c == '\r' || c == '\n' || c == '\t' || c == ' ';
}

/* Only looked at: nothing is decoded. */
static bool is_base64(char c)
{
    return char_is_alnum(c) || c == '+' || c == '/' || c == '=';
}

/* Copies the base64 of a certificate, a blank for each line end. False when it is something else.
 */
static bool join_lines(char **p, struct str body)
{
    for (size_t i = 0; i < body.n; i++) {
        bool space = is_space(body.p[i]);
        if (!space && !is_base64(body.p[i])) {
            return false;
        }
        if (!space) {
            *(*p)++ = body.p[i];
        } else if (i == 0 || !is_space(body.p[i - 1])) {
            *(*p)++ = ' ';
        }
    }
    return true;
}

/* Takes the line end behind a certificate; a blank stands for it when something follows. */
static void end_certificate(char **p, struct str *rest)
{
    bool ends_line = rest->n && (rest->p[0] == '\r' || rest->p[0] == '\n');
    while (ends_line && rest->n && is_space(rest->p[0])) {
        *rest = str_skip(*rest, 1);
    }
    if (ends_line && rest->n) {
        *(*p)++ = ' ';
    }
}

bool field_value_fit(struct str *value, struct arena *arena)
{
    if (header_value_valid(*value)) {
        return true;
    }
    struct str rest = *value;
    char *start = arena_bytes(arena, value->n + 1);
    char *p = start;
    while (rest.n) {
        size_t n = field_value_find(rest, begin_line);
        struct str body = str_skip(rest, n + begin_line.n);
        size_t body_n = field_value_find(body, end_line);
        if (!header_value_valid(str_head(rest, n)) || (n < rest.n && body_n == body.n)) {
            return false;
        }
        p = str_put(p, str_head(rest, n));
        if (n == rest.n) {
            break;
        }
        p = str_put(p, begin_line);
        if (!join_lines(&p, str_head(body, body_n))) {
            return false;
        }
        p = str_put(p, end_line);
        rest = str_skip(body, body_n + end_line.n);
        end_certificate(&p, &rest);
    }
    assert((size_t)(p - start) <= value->n);
    *p = '\0';
    *value = str_range(start, p);
    return true;
}
