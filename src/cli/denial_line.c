/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/denial_line.h"

/* Takes `text` off the start. */
static bool denial_skip(struct str *rest, const char *text)
{
    bool ok = str_starts(*rest, str_of(text));
    *rest = ok ? str_skip(*rest, strlen(text)) : *rest;
    return ok;
}

/* Takes the part before `mark`, and the mark. */
static bool denial_take(struct str *rest, const char *mark, struct str *part)
{
    size_t at = str_search(*rest, str_of(mark));
    if (at == rest->n) {
        return false;
    }
    *part = str_head(*rest, at);
    *rest = str_skip(*rest, at + strlen(mark));
    return true;
}

/* "2026/12/01 10:00:00 [error] 12#12: *3 ": the message begins behind it. What a client can write
 * into a line comes later. */
static bool skip_head(struct str *rest, struct str *time)
{
    struct str ignored;
    return denial_take(rest, " [", time) && denial_take(rest, "] ", &ignored) &&
           denial_take(rest, ": ", &ignored) &&
           (!str_starts(*rest, STR("*")) || denial_take(rest, " ", &ignored));
}

/* The length of the quote that `s` begins with, with its quotation marks. */
static size_t quote_end(struct str s)
{
    size_t at = 1;
    while (at < s.n && s.p[at] != '"') {
        at += s.p[at] == '\\' ? 2 : 1;
    }
    return at < s.n ? at + 1 : s.n;
}

/* The offset of ", client: " outside quotes, or s.n. */
static size_t find_request(struct str s)
{
    size_t at = 0;
    while (at < s.n) {
        if (str_starts(str_skip(s, at), STR(", client: "))) {
            return at;
        }
        at += s.p[at] == '"' ? quote_end(str_skip(s, at)) : 1;
    }
    return s.n;
}

bool denial_read(struct str line, struct denial *out)
{
    struct str rest = line;
    *out = (struct denial){0};
    if (!skip_head(&rest, &out->time) || !denial_skip(&rest, "client denied, id: ") ||
        !denial_take(&rest, ", reason: ", &out->id) || !denial_take(&rest, ": ", &out->reason)) {
        return false;
    }
    size_t end = find_request(rest);
    out->request = str_skip(rest, end + STR(", ").n);
    out->why = str_head(rest, end);
    size_t certificate = str_search(out->why, STR("; certificate: "));
    out->certificate = str_skip(out->why, certificate + STR("; certificate: ").n);
    out->why = str_head(out->why, certificate);
    return true;
}

/* The quote without its marks and backslashes. */
static struct str unquoted(struct str quote, struct arena *arena)
{
    char *start = arena_bytes(arena, quote.n + 1);
    char *p = start;
    for (size_t i = 1; i + 1 < quote.n; i++) {
        i += quote.p[i] == '\\' && i + 2 < quote.n;
        *p++ = quote.p[i];
    }
    return str_range(start, p);
}

struct str denial_field(const struct denial *denial, struct str name, struct arena *arena)
{
    struct str rest = denial->certificate;
    while (rest.n) {
        bool found = str_starts(rest, name) && str_starts(str_skip(rest, name.n), STR(" "));
        rest = str_skip(rest, str_find(rest, ' ') + 1);
        bool is_quoted = str_starts(rest, STR("\""));
        size_t end = is_quoted ? quote_end(rest) : str_search(rest, STR(", "));
        size_t issuers = str_search(str_head(rest, end), STR("; issuers"));
        end = is_quoted ? end : issuers < end ? issuers : end;
        if (found) {
            struct str value = str_head(rest, end);
            return is_quoted ? unquoted(value, arena) : value;
        }
        rest = str_skip(rest, end + STR(", ").n);
    }
    return STR("");
}
