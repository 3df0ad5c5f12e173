/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy_* and grpc_* settings of a location. */
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
    bool has_uri; /* a path follows the address, and replaces the location's name */
    struct str uri;
    struct str host;                    /* $proxy_host: as written, without a default port */
    struct str port;                    /* $proxy_port */
    struct template url;                /* as written; not constant: evaluated for each request */
    const struct upstream_group *group; /* NULL: chosen by the evaluated url */
};

/* The headers to pass on, and their values. */
struct proxy_header_rules {
    struct proxy_headers set;
    struct proxy_names hide;
    struct proxy_names pass;
    struct proxy_names ignore;
};

/* How to rewrite a response so that it fits this server. */
struct proxy_rewrite_rules {
    struct proxy_rewrites redirect;
    struct proxy_rewrites cookie_domain;
    struct proxy_rewrites cookie_path;
    struct proxy_cookies cookie_flags;
};

enum http_version {
    HTTP_VERSION_1_0,
    HTTP_VERSION_1_1,
    HTTP_VERSION_2,
};

/* The request to a backend. */
struct proxy_request {
    struct template method;
    struct template body;
    bool has_body;
    unsigned version; /* enum http_version */
    bool pass_headers;
    bool pass_body;
    bool buffering;
};

/* A backend's response. */
struct proxy_response {
    bool pass_trailers;
    bool buffering;
    uint64_t buffer_size;
    uint64_t buffers_n;
    uint64_t buffers_size;
    bool intercept_errors;
};

/* The connection to a backend. */
struct proxy_link {
    struct template bind;
    uint64_t connect_timeout_ms;
    uint64_t send_timeout_ms;
    uint64_t read_timeout_ms;
    bool socket_keepalive;
};

/* proxy_next_upstream* */
struct proxy_retry {
    unsigned conditions; /* enum next_upstream of modules/proxy/forward.h */
    uint64_t tries;
    uint64_t timeout_ms;
};

/* proxy_ssl_* */
struct proxy_tls {
    struct tls_client_settings settings;
    struct tls_client *client; /* made once the location's settings are complete */
    struct template name;      /* empty: $proxy_host */
    bool server_name;
    struct template certificate;
    struct template key;
    struct tls_keypair *keypair; /* when both are constant */
};

struct proxy_settings {
    bool is_grpc; /* grpc_*, not proxy_* */
    struct proxy_pass pass;
    struct proxy_header_rules headers;
    struct proxy_rewrite_rules rewrite;
    struct proxy_request request;
    struct proxy_response response;
    struct proxy_link link;
    struct proxy_retry retry;
    struct proxy_tls tls;
    bool ignore_client_abort;
};

/* The module's slot. */
struct proxy_slot {
    struct proxy_settings http;
    struct proxy_settings grpc;
};

static inline const struct proxy_settings *proxy_settings_of(
    const struct location_settings *location)
{
    return &((const struct proxy_slot *)location->modules[SLOT_proxy])->http;
}

static inline const struct proxy_settings *grpc_settings_of(
    const struct location_settings *location)
{
    return &((const struct proxy_slot *)location->modules[SLOT_proxy])->grpc;
}

#endif
