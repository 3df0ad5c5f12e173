/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets and host names, read the way nginx reads them. */
#include "http/uri.h"

#include <arpa/inet.h>
#include <assert.h>

#include "http/char_class.h"
#include "http/field_line.h"

enum { DECODE_ROUNDS = 8 }; /* no URI is encoded so often */

/* A path while it is written: always starts with '/'. */
struct path {
    char *start;
    char *segment; /* behind the last '/' */
    char *end;
};

/*
 * The current segment is complete: "." goes, ".." takes the one before it along. False for ".." at
 * the root, where RFC 3986, 5.2.4 would stay and nginx refuses.
 */
static bool path_close_segment(struct path *path)
{
    assert(path->segment > path->start && path->segment <= path->end);
    size_t n = (size_t)(path->end - path->segment);
    if (n == 1 && path->segment[0] == '.') {
        path->end = path->segment;
    } else if (n == 2 && path->segment[0] == '.' && path->segment[1] == '.') {
        if (path->segment == path->start + 1) {
            return false;
        }
        path->end = path->segment - 1;
        while (path->end[-1] != '/') {
            path->end--;
        }
        path->segment = path->end;
    }
    return true;
}

static bool path_slash(struct path *path, bool merge_slashes)
{
    bool is_empty = path->end == path->segment;
    if (is_empty && merge_slashes) {
        return true;
    }
    if (!path_close_segment(path)) {
        return false;
    }
    if (is_empty || path->end != path->segment) {
        *path->end++ = '/';
        path->segment = path->end;
    }
    return true;
}

/* The character that the %-sequence at s.p[at] stands for, or -1. NUL has no place in a path. */
static int decode_at(struct str s, size_t at)
{
    assert(at < s.n && s.p[at] == '%');
    if (s.n - at < 3) {
        return -1;
    }
    int high = char_hex(s.p[at + 1]);
    int low = char_hex(s.p[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/*
 * nginx decodes before it looks at dots and slashes: "%2f" separates and "%2e" is a dot. Only '?',
 * '#' and '%' lose their meaning by being encoded. Never longer than what was sent.
 */
static bool path_normalize(struct str sent, bool merge_slashes, struct arena *arena,
                           struct str *out)
{
    assert(sent.n > 0 && sent.p[0] == '/');
    struct path path = {.start = arena_bytes(arena, sent.n + 1)};
    path.start[0] = '/';
    path.segment = path.end = path.start + 1;
    for (size_t i = 1; i < sent.n; i++) {
        int c = (unsigned char)sent.p[i];
        if (c == '%') {
            c = decode_at(sent, i);
            i += 2;
        }
        if (c <= 0) {
            return false;
        }
        if (c != '/') {
            *path.end++ = (char)c;
        } else if (!path_slash(&path, merge_slashes)) {
            return false;
        }
    }
    if (!path_close_segment(&path)) {
        return false;
    }
    assert((size_t)(path.end - path.start) <= sent.n);
    *path.end = '\0';
    *out = str_range(path.start, path.end);
    return true;
}

/* Whether the path of `target` may need path_normalize; *n is set to where it ends. */
static bool path_needs_work(struct str target, bool merge_slashes, size_t *n)
{
    bool needed = false;
    size_t i = 0;
    for (char before = 0; i < target.n; before = target.p[i++]) {
        char c = target.p[i];
        if (c == '?' || c == '#') {
            break;
        }
        needed |= c == '%' || (before == '/' && (c == '.' || (c == '/' && merge_slashes)));
    }
    *n = i;
    return needed;
}

bool uri_parse(struct str target, bool merge_slashes, struct arena *arena, struct uri *out)
{
    if (target.n == 0 || target.p[0] != '/' || has_blank_or_control(target)) {
        return false;
    }
    size_t n;
    bool needs_work = path_needs_work(target, merge_slashes, &n);
    struct str sent = str_head(target, n);
    *out = (struct uri){.path = sent, .plain = true};
    if (needs_work) {
        if (!path_normalize(sent, merge_slashes, arena, &out->path)) {
            return false;
        }
        out->plain = str_eq(out->path, sent);
    }
    if (n < target.n && target.p[n] == '?') {
        struct str args = str_skip(target, n + 1);
        out->args = str_head(args, str_find(args, '#'));
        out->has_args = true;
    }
    return true;
}

static bool is_escaped(enum escape how, char c)
{
    switch (how) {
    case ESCAPE_URI: return char_is(c, CHAR_ESCAPE_URI);
    case ESCAPE_ARGS: return char_is(c, CHAR_ESCAPE_ARGS);
    case ESCAPE_COMPONENT: return !char_is(c, CHAR_UNRESERVED);
    }
    return true;
}

struct str uri_escape(enum escape how, struct str s, struct arena *arena)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t escaped = 0;
    for (size_t i = 0; i < s.n; i++) {
        escaped += is_escaped(how, s.p[i]);
    }
    if (escaped == 0) {
        return s;
    }
    char *start = arena_bytes(arena, s.n + 2 * escaped + 1);
    char *p = start;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (is_escaped(how, s.p[i])) {
            *p++ = '%';
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
        } else {
            *p++ = (char)c;
        }
    }
    assert((size_t)(p - start) == s.n + 2 * escaped);
    *p = '\0';
    return str_range(start, p);
}

struct str uri_unescape(struct str s, struct arena *arena)
{
    if (str_find(s, '%') == s.n) {
        return s;
    }
    char *start = arena_bytes(arena, s.n + 1);
    char *p = start;
    for (size_t i = 0; i < s.n; i++) {
        int c = s.p[i] == '%' ? decode_at(s, i) : -1;
        if (c < 0) {
            *p++ = s.p[i];
        } else {
            *p++ = (char)c;
            i += 2;
        }
    }
    assert((size_t)(p - start) <= s.n);
    *p = '\0';
    return str_range(start, p);
}

/* Whether `a` and `b`, written one behind the other, are a segment that leads one level up. */
static bool is_parent(enum parent how, struct str a, struct str b)
{
    if (how == PARENT_URI) {
        size_t n = str_find(a, ';');
        b = n < a.n ? STR("") : str_head(b, str_find(b, ';'));
        a = str_head(a, n);
    }
    return a.n + b.n == 2 && (a.n == 0 || a.p[0] == '.') && (a.n < 2 || a.p[1] == '.') &&
           (b.n == 0 || b.p[0] == '.') && (b.n < 2 || b.p[1] == '.');
}

size_t uri_parents(enum parent how, struct str path)
{
    size_t n = 0;
    while (path.n) {
        n += is_parent(how, STR(""), str_split(&path, '/'));
    }
    return n;
}

bool uri_join_climbs(enum parent how, struct str prefix, struct str rest)
{
    size_t slash = str_rfind(prefix, '/');
    struct str tail = slash < prefix.n ? str_skip(prefix, slash + 1) : prefix;
    struct str first = str_split(&rest, '/');
    return (first.n && is_parent(how, tail, first)) || uri_parents(how, rest) > 0;
}

bool uri_climbs_encoded(struct str path, struct arena *arena)
{
    for (int round = 0; round < DECODE_ROUNDS; round++) {
        if (uri_parents(PARENT_URI, path)) {
            return true;
        }
        struct str decoded = uri_unescape(path, arena);
        if (decoded.n == path.n) {
            return false;
        }
        path = decoded;
    }
    return true;
}

bool uri_arg(struct str args, struct str name, struct str *value)
{
    while (args.n) {
        struct str arg = str_split(&args, '&');
        size_t n = str_find(arg, '=');
        if (n < arg.n && str_ieq(str_head(arg, n), name)) {
            *value = str_skip(arg, n + 1);
            return true;
        }
    }
    return false;
}

/* RFC 3986, 3.2.2: IPvFuture, "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ). */
static bool future_valid(struct str text)
{
    size_t dot = str_find(text, '.');
    for (size_t i = 1; i < text.n; i++) {
        bool valid = i < dot ? char_hex(text.p[i]) >= 0
                     : i > dot
                         ? text.p[i] == ':' || char_is(text.p[i], CHAR_UNRESERVED | CHAR_SUB_DELIM)
                         : true;
        if (!valid) {
            return false;
        }
    }
    return dot > 1 && dot + 1 < text.n;
}

/* RFC 3986, 3.2.2: IP-literal. Zones do not occur in HTTP (RFC 6874, 4). */
static bool literal_valid(struct str literal)
{
    assert(literal.n > 0 && literal.p[0] == '[');
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (literal.n > 2 && char_lower(literal.p[1]) == 'v') {
        return future_valid(str_head(str_skip(literal, 1), literal.n - 2));
    }
    if (literal.n < 4 || literal.n - 2 >= sizeof(text)) {
        return false;
    }
    memcpy(text, literal.p + 1, literal.n - 2);
    text[literal.n - 2] = '\0';
    return memchr(text, '\0', literal.n - 2) == NULL && inet_pton(AF_INET6, text, &address) == 1;
}

/*
 * RFC 3986, 3.2.2: reg-name, which covers IPv4 addresses; without %-sequences, which no host name
 * needs, and without empty labels.
 */
static bool name_valid(struct str name)
{
    char before = '.';
    for (size_t i = 0; i < name.n; before = name.p[i++]) {
        if (!char_is(name.p[i], CHAR_UNRESERVED | CHAR_SUB_DELIM) ||
            (name.p[i] == '.' && before == '.')) {
            return false;
        }
    }
    return name.n > 0;
}

static bool port_valid(struct str port)
{
    uint64_t number;
    return port.n == 0 || str_to_u64(port, 65535, &number);
}

/* The host in `host` without its port, or false. */
static bool host_split(struct str host, struct str *name)
{
    size_t n = 0;
    if (host.n && host.p[0] == '[') {
        n = str_find(host, ']') + 1;
    } else {
        n = str_find(host, ':');
    }
    if (n > host.n) {
        return false;
    }
    *name = str_head(host, n);
    struct str rest = str_skip(host, n);
    if (rest.n && (rest.p[0] != ':' || !port_valid(str_skip(rest, 1)))) {
        return false;
    }
    if (n && host.p[0] == '[') {
        return literal_valid(*name);
    }
    if (!name_valid(*name)) {
        return false;
    }
    name->n -= name->p[name->n - 1] == '.';
    return name->n > 0;
}

bool host_valid(struct str host)
{
    struct str name;
    return host_split(host, &name);
}

bool host_normalize(struct str host, struct arena *arena, struct str *out)
{
    struct str name;
    if (!host_split(host, &name)) {
        return false;
    }
    *out = arena_lower(arena, name);
    return true;
}
