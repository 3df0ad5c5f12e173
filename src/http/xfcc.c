/* SPDX-License-Identifier: Apache-2.0 */
#include "http/xfcc.h"

#include "base/vec.h"
#include "http/uri.h"

/* RFC 2253 has a backslash before a character of its own ("\\,"). As two digits, no reader takes it
 * for the end of the value or of the pair. */
static struct str subject_text(struct str subject, struct arena *arena)
{
    char *start = arena_bytes(arena, 3 * subject.n + 1);
    char *p = start;
    for (size_t i = 0; i < subject.n; i++) {
        bool is_pair = subject.p[i] == '\\' && i + 1 < subject.n;
        const char *c = subject.p + i + is_pair;
        if (is_pair ? char_hex(*c) < 0 : *c == '"' || *c == '\\') {
            *p++ = '\\';
            p = hex_put(p, (struct str){c, 1}, true);
            i += is_pair;
        } else {
            *p++ = subject.p[i];
        }
    }
    return str_range(start, p);
}

static bool is_unquoted(struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c <= ' ' || c > '~' || c == '"' || c == ',' || c == ';' || c == '=' || c == '\\') {
            return false;
        }
    }
    return value.n > 0;
}

struct pairs {
    struct arena *arena;
    struct str *items;
    size_t n;
};

static void add_pair(struct pairs *pairs, const char *key, const char *quote, struct str value)
{
    struct str *slot = vec_push(pairs->arena, &pairs->items, &pairs->n, sizeof(*slot));
    *slot = arena_printf(pairs->arena, "%s=%s%.*s%s", key, quote, STR_ARG(value), quote);
}

static void add_names(struct pairs *pairs, const char *key, const struct str *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_unquoted(names[i])) {
            add_pair(pairs, key, "", names[i]);
        }
    }
}

struct str xfcc_write(const struct xfcc *fields, struct arena *arena)
{
    struct pairs pairs = {.arena = arena};
    add_pair(&pairs, "Hash", "", fields->hash);
    add_pair(&pairs, "Cert", "\"", uri_escape(ESCAPE_COMPONENT, fields->cert, arena));
    if (fields->chain.n) {
        add_pair(&pairs, "Chain", "\"", uri_escape(ESCAPE_COMPONENT, fields->chain, arena));
    }
    add_pair(&pairs, "Subject", "\"", subject_text(fields->subject, arena));
    add_names(&pairs, "URI", fields->uris, fields->uris_n);
    add_names(&pairs, "DNS", fields->names, fields->names_n);
    return arena_join(arena, pairs.items, pairs.n, STR(";"));
}
