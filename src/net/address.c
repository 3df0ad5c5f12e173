/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

static bool address_parse_unix(struct str path, struct address *out)
{
    if (path.n == 0 || path.n >= sizeof(out->u.un.sun_path) || memchr(path.p, '\0', path.n)) {
        return false;
    }
    out->u.un.sun_family = AF_UNIX;
    memcpy(out->u.un.sun_path, path.p, path.n);
    out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n + 1);
    return true;
}

static bool parse_ip(struct str host, int family, void *out)
{
    char text[INET6_ADDRSTRLEN];
    if (host.n == 0 || host.n >= sizeof(text)) {
        return false;
    }
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    return strlen(text) == host.n && inet_pton(family, text, out) == 1;
}

static bool address_parse_port(struct str text, uint16_t *port)
{
    uint64_t value;
    if (!str_to_u64(text, UINT16_MAX, &value) || value == 0) {
        return false;
    }
    *port = (uint16_t)value;
    return true;
}

static bool parse_ipv6(struct str host, uint16_t port, struct address *out)
{
    if (!parse_ip(host, AF_INET6, &out->u.in6.sin6_addr)) {
        return false;
    }
    out->u.in6.sin6_family = AF_INET6;
    out->u.in6.sin6_port = htons(port);
    out->len = sizeof(out->u.in6);
    return true;
}

static bool parse_bracketed(struct str text, uint16_t port, struct address *out)
{
    size_t close = str_find(text, ']');
    if (close == text.n) {
        return false;
    }
    struct str rest = str_skip(text, close + 1);
    if (rest.n && (rest.p[0] != ':' || !address_parse_port(str_skip(rest, 1), &port))) {
        return false;
    }
    return parse_ipv6(str_skip(str_head(text, close), 1), port, out);
}

bool address_parse(struct str text, uint16_t default_port, struct address *out)
{
    memset(out, 0, sizeof(*out));
    if (str_istarts(text, STR("unix:"))) {
        return address_parse_unix(str_skip(text, 5), out);
    }
    if (str_starts(text, STR("["))) {
        return parse_bracketed(text, default_port, out);
    }
    size_t colon = str_find(text, ':');
    if (colon != str_rfind(text, ':')) {
        return parse_ipv6(text, default_port, out);
    }
    uint16_t port = default_port;
    if (colon < text.n && !address_parse_port(str_skip(text, colon + 1), &port)) {
        return false;
    }
    if (!parse_ip(str_head(text, colon), AF_INET, &out->u.in.sin_addr)) {
        return false;
    }
    out->u.in.sin_family = AF_INET;
    out->u.in.sin_port = htons(port);
    out->len = sizeof(out->u.in);
    return true;
}

bool address_equal(const struct address *a, const struct address *b)
{
    if (a->u.sa.sa_family != b->u.sa.sa_family) {
        return false;
    }
    switch (a->u.sa.sa_family) {
    case AF_INET:
        return a->u.in.sin_port == b->u.in.sin_port &&
               a->u.in.sin_addr.s_addr == b->u.in.sin_addr.s_addr;
    case AF_INET6:
        return a->u.in6.sin6_port == b->u.in6.sin6_port &&
               a->u.in6.sin6_scope_id == b->u.in6.sin6_scope_id &&
               memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr, sizeof(struct in6_addr)) == 0;
    case AF_UNIX: return strcmp(a->u.un.sun_path, b->u.un.sun_path) == 0;
    default: return false;
    }
}

static size_t key_add(char *out, size_t at, const void *bytes, size_t n)
{
    assert(at + n <= ADDRESS_KEY_MAX);
    memcpy(out + at, bytes, n);
    return at + n;
}

struct str address_key(const struct address *address, char out[static ADDRESS_KEY_MAX])
{
    const struct sockaddr_in *v4 = &address->u.in;
    const struct sockaddr_in6 *v6 = &address->u.in6;
    const char *path = address->u.un.sun_path;
    size_t n = key_add(out, 0, &address->u.sa.sa_family, sizeof(address->u.sa.sa_family));
    switch (address->u.sa.sa_family) {
    case AF_INET:
        n = key_add(out, n, &v4->sin_port, sizeof(v4->sin_port));
        n = key_add(out, n, &v4->sin_addr, sizeof(v4->sin_addr));
        break;
    case AF_INET6:
        n = key_add(out, n, &v6->sin6_port, sizeof(v6->sin6_port));
        n = key_add(out, n, &v6->sin6_scope_id, sizeof(v6->sin6_scope_id));
        n = key_add(out, n, &v6->sin6_addr, sizeof(v6->sin6_addr));
        break;
    default:
        assert(address->u.sa.sa_family == AF_UNIX);
        n = key_add(out, n, path, strnlen(path, sizeof(address->u.un.sun_path)));
    }
    return (struct str){out, n};
}

bool address_octets(const struct address *address, unsigned char out[static 16])
{
    static const unsigned char MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    switch (address->u.sa.sa_family) {
    case AF_INET:
        memcpy(out, MAPPED, sizeof(MAPPED));
        memcpy(out + sizeof(MAPPED), &address->u.in.sin_addr, 4);
        return true;
    case AF_INET6: memcpy(out, &address->u.in6.sin6_addr, 16); return true;
    default: return false;
    }
}

uint16_t address_port(const struct address *address)
{
    switch (address->u.sa.sa_family) {
    case AF_INET: return ntohs(address->u.in.sin_port);
    case AF_INET6: return ntohs(address->u.in6.sin6_port);
    default: return 0;
    }
}

void address_set_port(struct address *address, uint16_t port)
{
    switch (address->u.sa.sa_family) {
    case AF_INET: address->u.in.sin_port = htons(port); break;
    case AF_INET6: address->u.in6.sin6_port = htons(port); break;
    default: break;
    }
}

struct str address_host(const struct address *address, char out[static ADDRESS_HOST_MAX])
{
    switch (address->u.sa.sa_family) {
    case AF_INET: inet_ntop(AF_INET, &address->u.in.sin_addr, out, ADDRESS_HOST_MAX); break;
    case AF_INET6: inet_ntop(AF_INET6, &address->u.in6.sin6_addr, out, ADDRESS_HOST_MAX); break;
    default: memcpy(out, "unix:", sizeof("unix:")); break;
    }
    return str_of(out);
}

struct str address_text(const struct address *address, char out[static ADDRESS_TEXT_MAX])
{
    char host[ADDRESS_HOST_MAX];
    switch (address->u.sa.sa_family) {
    case AF_INET:
        snprintf(out, ADDRESS_TEXT_MAX, "%s:%u", address_host(address, host).p,
                 address_port(address));
        break;
    case AF_INET6:
        snprintf(out, ADDRESS_TEXT_MAX, "[%s]:%u", address_host(address, host).p,
                 address_port(address));
        break;
    default: snprintf(out, ADDRESS_TEXT_MAX, "unix:%s", address->u.un.sun_path); break;
    }
    return str_of(out);
}

struct address *addresses_dup(const struct address *addresses, size_t n)
{
    struct address *copy = must_calloc(n, sizeof(*copy));
    memcpy(copy, addresses, n * sizeof(*copy));
    return copy;
}

bool address_lookup(struct str host, uint16_t port, struct arena *arena, struct address **out,
                    size_t *n, struct error *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char *name = arena_cstr(arena, host);
    int code = getaddrinfo(name, NULL, &hints, &found);
    if (code != 0) {
        return error_set(err, "host not found in \"%s\" (%s)", name, gai_strerror(code));
    }
    size_t count = 0;
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        count++;
    }
    *out = arena_zalloc(arena, count * sizeof(**out));
    *n = 0;
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        struct address *address = &(*out)[(*n)++];
        assert(a->ai_addrlen <= sizeof(address->u));
        memcpy(&address->u, a->ai_addr, a->ai_addrlen);
        address->len = a->ai_addrlen;
        address_set_port(address, port);
    }
    freeaddrinfo(found);
    return true;
}
