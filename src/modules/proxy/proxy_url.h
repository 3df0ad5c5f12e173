/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the URL of proxy_pass or grpc_pass: when a configuration loads, or for each request. */
#ifndef MODULES_PROXY_PROXY_URL_H
#define MODULES_PROXY_PROXY_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "net/address.h"

/* Which schemes a URL may have. */
enum proxy_url_kind {
    PROXY_URL_HTTP, /* "http://" and "https://", with the ports 80 and 443 */
    PROXY_URL_GRPC, /* "grpc://", "grpcs://", or none; a port must be given, and no path */
};

struct proxy_url {
    bool tls;
    bool is_unix;
    bool has_port;
    uint16_t port;        /* as written, or the scheme's; 0: none */
    uint16_t usual_port;  /* the scheme's, which $proxy_host leaves out */
    struct str authority; /* "host:port" as written, "unix:/path" */
    struct str host;      /* without port, as written */
    struct str uri;       /* "/path?args" or "?args"; empty: none */
    bool is_address;      /* the host is an address, or a Unix socket: */
    struct address address;
};

/* "http://host[:port][/uri]", "https://…", "http://unix:/path[:/uri]". Everything points into
 * `url`. */
MUST_CHECK bool proxy_url_parse(struct str url, enum proxy_url_kind kind, struct proxy_url *out,
                                struct error *err);

/* $proxy_host: as written, without a default port; "localhost" for a Unix socket. */
struct str proxy_url_host(const struct proxy_url *url);
/* $proxy_port: "80", "443", as written; empty for a Unix socket. */
struct str proxy_url_port(const struct proxy_url *url, struct arena *arena);

#endif
