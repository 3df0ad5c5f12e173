/* SPDX-License-Identifier: Apache-2.0 */
#include "client/site.h"

#include <arpa/inet.h>
#include <assert.h>

enum { URL_MAX = 2000, HOST_MAX = 253, LABEL_MAX = 63, PORT_HTTPS = 443 };

/* What has to be named before anything is taken apart: the message says more than "wrong". */
static bool text_check(struct str text, struct error *err)
{
    struct str shown = str_head(text, 200);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c <= ' ' || c == 0x7f) {
            return error_set(err, "invalid URL: it contains a space or a control character");
        }
    }
    if (!str_istarts(text, STR("https://"))) {
        return error_set(
            err, "\"%.*s\" does not start with \"https://\": client certificates need https",
            STR_ARG(shown));
    }
    if (text.n > URL_MAX) {
        return error_set(err, "the URL is too long: %zu characters, at most %d allowed", text.n,
                         URL_MAX);
    }
    if (str_find(text, '?') < text.n || str_find(text, '#') < text.n) {
        return error_set(err, "\"%.*s\" has a query or a fragment: remove it", STR_ARG(shown));
    }
    return str_find(text, '*') == text.n ||
           error_set(err, "\"%.*s\" has a wildcard: name each site", STR_ARG(shown));
}

static bool label_check(struct str label)
{
    for (size_t i = 0; i < label.n; i++) {
        if (!char_is_alnum(label.p[i]) && label.p[i] != '-' && label.p[i] != '_') {
            return false;
        }
    }
    return label.n > 0 && label.n <= LABEL_MAX && label.p[0] != '-' && label.p[label.n - 1] != '-';
}

/* Browsers take a host whose last label is a number for an address, in unexpected forms. */
static bool is_number(struct str label)
{
    size_t digits = 0;
    while (digits < label.n && char_is_digit(label.p[digits])) {
        digits++;
    }
    return digits == label.n || str_starts(label, STR("0x"));
}

static bool name_check(struct str host)
{
    struct str rest = host;
    struct str label = {NULL, 0};
    if (host.n == 0 || host.n > HOST_MAX || str_ends(host, STR("."))) {
        return false;
    }
    while (rest.n > 0) {
        label = str_split(&rest, '.');
        if (!label_check(label)) {
            return false;
        }
    }
    return !is_number(label);
}

static bool address_v6(struct str host, struct arena *arena, struct str *out)
{
    assert(host.n > 2 && host.p[0] == '[');
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN];
    const char *inside = arena_cstr(arena, str_head(str_skip(host, 1), host.n - 2));
    if (!str_ends(host, STR("]")) || inet_pton(AF_INET6, inside, &address) != 1) {
        return false;
    }
    inet_ntop(AF_INET6, &address, text, sizeof(text));
    *out = arena_printf(arena, "[%s]", text);
    return true;
}

static bool host_read(struct str host, struct arena *arena, struct str *out, struct error *err)
{
    struct in_addr v4;
    struct str shown = str_head(host, 200);
    for (size_t i = 0; i < host.n; i++) {
        if ((unsigned char)host.p[i] >= 0x80) {
            return error_set(
                err,
                "the host \"%.*s\" is not ASCII: use its \"xn--…\" form (\"idn2 HOST\" prints it)",
                STR_ARG(shown));
        }
    }
    if (host.n > 2 && host.p[0] == '[' && address_v6(host, arena, out)) {
        return true;
    }
    struct str lower = arena_dup(arena, host);
    for (size_t i = 0; i < lower.n; i++) {
        ((char *)(uintptr_t)lower.p)[i] = char_lower(host.p[i]); /* ours: just copied */
    }
    *out = lower;
    return name_check(lower) || (host.n < 16 && inet_pton(AF_INET, lower.p, &v4) == 1) ||
           error_set(err, "\"%.*s\" is not a host name or address", STR_ARG(shown));
}

static bool port_read(struct str text, unsigned *out, struct error *err)
{
    uint64_t port = PORT_HTTPS;
    bool ok = text.n == 0 || (text.n > 1 && str_to_u64(str_skip(text, 1), 65535, &port) && port);
    *out = (unsigned)port;
    return ok || error_set(err, "\"%.*s\" is not a port", STR_ARG(str_skip(text, 1)));
}

/* RFC 3986, 3.3, without the quote that a segment may have there. */
static bool path_check(struct str path, struct error *err)
{
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        bool escape = c == '%' && i + 2 < path.n && char_hex(path.p[i + 1]) >= 0 &&
                      char_hex(path.p[i + 2]) >= 0;
        if (!char_is_alnum(c) && !escape && !strchr("/-._~!$&()+,;=:@", c)) {
            return error_set(
                err,
                "invalid path \"%.*s\": it contains \"'\" or another character that is not allowed",
                STR_ARG(str_head(path, 200)));
        }
    }
    return true;
}

bool site_parse(struct str text, struct arena *arena, struct site *out, struct error *err)
{
    if (!text_check(text, err)) {
        return false;
    }
    struct str rest = str_skip(text, sizeof("https://") - 1);
    struct str authority = str_head(rest, str_find(rest, '/'));
    struct str path = str_skip(rest, authority.n);
    if (str_find(authority, '@') < authority.n) {
        return error_set(err, "the URL contains a user name: remove it");
    }
    bool v6 = str_starts(authority, STR("["));
    size_t end = v6 ? str_find(authority, ']') + 1 : str_find(authority, ':');
    struct str host = str_head(authority, end);
    struct str port = str_skip(authority, host.n);
    assert(host.n + port.n == authority.n && (path.n == 0 || path.p[0] == '/'));
    while (str_ends(path, STR("/"))) {
        path.n--;
    }
    if (!host_read(host, arena, &out->host, err) || !port_read(port, &out->port, err) ||
        !path_check(path, err)) {
        return false;
    }
    out->path = arena_dup(arena, path);
    out->origin = arena_printf(arena, "https://%.*s:%u", STR_ARG(out->host), out->port);
    out->url = out->port == PORT_HTTPS
                   ? arena_printf(arena, "https://%.*s%.*s", STR_ARG(out->host), STR_ARG(path))
                   : arena_printf(arena, "%.*s%.*s", STR_ARG(out->origin), STR_ARG(path));
    return true;
}
