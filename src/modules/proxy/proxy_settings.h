/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy_* settings of a location. */
#ifndef MODULES_PROXY_PROXY_SETTINGS_H
#define MODULES_PROXY_PROXY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "http/header.h"
#include "modules/list.h"
#include "script/regex.h"
#include "script/template.h"
#include "site/settings.h"
#include "tls/client.h"
#include "tls/settings.h"
#include "upstream/group.h"

struct proxy_header {
    enum header_id id;
    struct str name;
    struct template value;
    struct field_place place;
};

struct proxy_headers {
    struct proxy_header *items;
    size_t n;
};

struct proxy_names {
    struct str *items;
    size_t n;
};

struct proxy_rewrite {         /* proxy_redirect, proxy_cookie_domain, proxy_cookie_path */
    const struct regex *regex; /* or NULL: the template's text */
    struct template from;
    struct template to;
};

struct proxy_rewrites {
    struct proxy_rewrite *items;
    size_t n;
    bool off;
    bool by_default; /* proxy_redirect default */
};

enum proxy_cookie_flag {
    PROXY_COOKIE_SECURE = 0x1,
    PROXY_COOKIE_HTTPONLY = 0x2,
    PROXY_COOKIE_SAMESITE_STRICT = 0x4,
    PROXY_COOKIE_SAMESITE_LAX = 0x8,
    PROXY_COOKIE_SAMESITE_NONE = 0x10,
    PROXY_COOKIE_SAMESITE = 0x1c,
};

/* Parses a flag of proxy_cookie_flags ("secure", "nosamesite"). False: it is not a flag. */
bool proxy_cookie_flag(struct str word, unsigned *set, unsigned *clear);

struct proxy_cookie_flags {
    const struct regex *regex;
    struct template name;
    unsigned set;               /* PROXY_COOKIE_* to add */
    unsigned clear;             /* to remove */
    struct template *variables; /* flags whose words are variables */
    size_t variables_n;
};

struct proxy_cookies {
    struct proxy_cookie_flags *items;
    size_t n;
};

/* proxy_pass; not inherited by nested locations, but by "if" and limit_except. */
struct proxy_pass {
    bool set;
    bool tls;
    bool has_uri; /* a path follows the address: it replaces the location's name */
    struct str uri;
    struct str host;                    /* $proxy_host: as written, without a default port */
    struct str port;                    /* $proxy_port */
    struct template url;                /* as written; not constant: evaluated for each request */
    const struct upstream_group *group; /* NULL: chosen by the evaluated url */
};

struct proxy_settings {
    struct proxy_pass pass;
    struct proxy_headers set_headers;
    struct proxy_names hide_headers;
    struct proxy_names pass_headers;
    struct proxy_names ignore_headers;
    struct proxy_rewrites redirect;
    struct proxy_rewrites cookie_domain;
    struct proxy_rewrites cookie_path;
    struct proxy_cookies cookie_flags;
    struct template method;
    struct template body;
    bool has_body;
    unsigned http_minor; /* 0 or 1 */
    bool pass_request_headers;
    bool pass_request_body;
    bool pass_trailers;
    bool request_buffering;
    bool buffering;
    uint64_t buffer_size;
    uint64_t buffers_n;
    uint64_t buffers_size;
    uint64_t connect_timeout_ms;
    uint64_t send_timeout_ms;
    uint64_t read_timeout_ms;
    bool intercept_errors;
    bool ignore_client_abort;
    bool socket_keepalive;
    unsigned next_upstream; /* the conditions of modules/proxy/forward.h */
    uint64_t next_upstream_tries;
    uint64_t next_upstream_timeout_ms;
    struct template bind;
    struct tls_client_settings tls;
    struct tls_client *tls_client; /* made once the location's settings are complete */
    struct template tls_name;      /* proxy_ssl_name; empty: $proxy_host */
    bool tls_server_name;
    struct template tls_certificate;
    struct template tls_key;
    struct tls_keypair *tls_keypair; /* when both are constant */
};

static inline const struct proxy_settings *proxy_settings_of(
    const struct location_settings *location)
{
    return location->modules[SLOT_proxy];
}

#endif
