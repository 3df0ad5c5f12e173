/* SPDX-License-Identifier: Apache-2.0 */
/* The URL of proxy_pass or grpc_pass. */
#include "modules/proxy/proxy_url.h"

struct proxy_scheme {
    struct str prefix;
    uint16_t port;
    bool tls;
};

static const struct proxy_scheme schemes[][2] = {
    [PROXY_URL_HTTP] = {{STR_INIT("http://"), 80, false}, {STR_INIT("https://"), 443, true}},
    [PROXY_URL_GRPC] = {{STR_INIT("grpc://"), 0, false}, {STR_INIT("grpcs://"), 0, true}},
};

static bool parse_scheme(struct str *rest, enum proxy_url_kind kind, struct proxy_url *out)
{
    for (size_t i = 0; i < COUNT_OF(schemes[kind]); i++) {
        const struct proxy_scheme *scheme = &schemes[kind][i];
        if (str_istarts(*rest, scheme->prefix)) {
            *rest = str_skip(*rest, scheme->prefix.n);
            out->port = out->usual_port = scheme->port;
            out->tls = scheme->tls;
            return true;
        }
    }
    return kind == PROXY_URL_GRPC;
}

static bool proxy_url_parse_unix(struct str rest, struct proxy_url *out, struct error *err)
{
    assert(rest.n >= 5); /* "unix:" */
    struct str path = str_skip(rest, 5);
    size_t end = str_find(path, ':');
    out->is_unix = out->is_address = true;
    out->authority = str_head(rest, 5 + end);
    out->host = out->authority;
    out->uri = str_skip(path, end + 1);
    return address_parse(out->authority, 0, &out->address) ||
           error_set(err, "no path in the unix domain socket \"%.*s\"", STR_ARG(out->authority));
}

/* Where the authority ends and path or arguments begin. */
static size_t proxy_url_authority_end(struct str rest)
{
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] == '/' || rest.p[i] == '?') {
            return i;
        }
    }
    return rest.n;
}

/* Variables may bring decoded text: a line break here would start a field behind `Host`. */
static bool proxy_url_is_authority(struct str authority)
{
    for (size_t i = 0; i < authority.n; i++) {
        if ((unsigned char)authority.p[i] <= ' ' || authority.p[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

/* The port, or nothing, behind host or "[address]". */
static bool proxy_url_parse_port(struct str text, struct proxy_url *out)
{
    if (text.n == 0) {
        return true;
    }
    uint64_t port;
    if (text.p[0] != ':' || !str_to_u64(str_skip(text, 1), UINT16_MAX, &port) || port == 0) {
        return false;
    }
    out->port = (uint16_t)port;
    out->has_port = true;
    return true;
}

/* The part of a URL behind its scheme. */
static bool parse_address(struct str rest, struct proxy_url *out, struct error *err)
{
    if (str_istarts(rest, STR("unix:"))) {
        return proxy_url_parse_unix(rest, out, err);
    }
    size_t end = proxy_url_authority_end(rest);
    out->authority = str_head(rest, end);
    out->uri = str_skip(rest, end);
    bool is_v6 = str_starts(out->authority, STR("["));
    size_t host_n = is_v6 ? str_find(out->authority, ']') + 1 : str_find(out->authority, ':');
    out->host = str_head(out->authority, host_n);
    if (!proxy_url_is_authority(out->authority)) {
        return error_set(err, "invalid host in upstream");
    }
    if (out->host.n == 0 || host_n > out->authority.n) {
        return error_set(err, "no host in upstream \"%.*s\"", STR_ARG(rest));
    }
    if (!proxy_url_parse_port(str_skip(out->authority, host_n), out)) {
        return error_set(err, "invalid port in upstream \"%.*s\"", STR_ARG(rest));
    }
    out->is_address = address_parse(out->authority, out->port, &out->address);
    return true;
}

bool proxy_url_parse(struct str url, enum proxy_url_kind kind, struct proxy_url *out,
                     struct error *err)
{
    struct str rest = url;
    *out = (struct proxy_url){0};
    if (!parse_scheme(&rest, kind, out)) {
        return error_set(err, "invalid URL prefix in \"%.*s\"", STR_ARG(url));
    }
    if (!parse_address(rest, out, err)) {
        return false;
    }
    /* As nginx: the path of a gRPC request is the service's, and never rewritten. */
    return kind == PROXY_URL_HTTP || out->uri.n == 0 ||
           error_set(err, "invalid host in upstream \"%.*s\"", STR_ARG(rest));
}

struct str proxy_url_host(const struct proxy_url *url)
{
    if (url->is_unix) {
        return STR("localhost");
    }
    bool is_default = !url->has_port || url->port == url->usual_port;
    return is_default ? url->host : url->authority;
}

struct str proxy_url_port(const struct proxy_url *url, struct arena *arena)
{
    return url->is_unix ? STR("") : arena_printf(arena, "%u", url->port);
}
