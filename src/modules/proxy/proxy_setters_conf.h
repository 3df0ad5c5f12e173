/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of proxy directives for more than a plain value. */
#ifndef MODULES_PROXY_PROXY_SETTERS_CONF_H
#define MODULES_PROXY_PROXY_SETTERS_CONF_H

#include "conf/directive.h"
#include "load/loader.h"
#include "modules/proxy/proxy_settings.h"
#include "modules/proxy/proxy_url.h"

/* proxy_conf.c */
extern const struct choice proxy_next_upstream[];
extern const struct choice proxy_tls_protocols[];

/* What proxy_pass and grpc_pass do differently: the `extra` of set_proxy_pass. */
struct proxy_pass_kind {
    const struct handler *handler;
    enum proxy_url_kind urls;
};
extern const struct proxy_pass_kind proxy_pass_http;
extern const struct proxy_pass_kind proxy_pass_grpc;

/* proxy_pass_conf.c */
directive_set set_proxy_pass;      /* struct proxy_pass */
directive_set set_proxy_header;    /* struct proxy_headers */
directive_set set_proxy_names;     /* struct proxy_names */
directive_set set_ignored_headers; /* struct proxy_names */
directive_set set_proxy_body;      /* struct proxy_settings: body, has_body */
directive_set set_proxy_bind;      /* struct template */
directive_set set_proxy_buffers;   /* struct proxy_settings: buffers_n, buffers_size */
directive_set set_tls_path;        /* struct template: a file's name, perhaps with variables */
directive_set set_tls_command;     /* struct tls_client_settings: commands */

/* proxy_rewrite_conf.c */
directive_set set_proxy_redirect; /* struct proxy_rewrites */
directive_set set_cookie_domain;  /* struct proxy_rewrites */
directive_set set_cookie_path;    /* struct proxy_rewrites */
directive_set set_cookie_flags;   /* struct proxy_cookies */

/* upstream_conf.c */
directive_set set_upstream_block; /* no field */
directive_set set_resolver;       /* no field: struct location_settings */
directive_set set_resolver_timeout;

/* The group that nginx would make of a name, with the default keepalive of upstream blocks. */
struct upstream_group *upstream_conf_group(struct settings *settings, struct str name);
/* Adds a peer for each of `n` addresses. */
void upstream_conf_add_peers(struct upstream_group *group, struct arena *arena,
                             const struct address *addresses, size_t n, const struct peer *like);

#endif
