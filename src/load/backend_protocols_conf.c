/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of the protocols to backends that yett does not speak. */
#include "load/backend_protocols_conf.h"

#include "conf/accepted.h"

#define LOCATIONS (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION)

static const char ONLY_HTTP[] =
    "yett speaks only HTTP to backends; put an HTTP server in front of the backend";

/* What would send a request there. */
#define PASS(n, level, why)                                                                        \
    {                                                                                              \
        .name = (n), .contexts = CONTEXT_LOCATION | CONTEXT_LOCATION_IF, .max_args = ARGS_ANY,     \
        .support = (level), .syntax = "address", .note = (why)                                     \
    }
/* PROTOCOL_NAME says how PROTOCOL_pass is done. */
#define HOW(protocol, n) SETTING_OF(protocol "_pass", protocol "_" n, LOCATIONS)

/* clang-format off: one table a protocol reads as nginx's pages do */
#define HOW_CONNECTED(p)                                                                           \
    HOW(p, "allow_upstream"), HOW(p, "bind"), HOW(p, "buffer_size"), HOW(p, "connect_timeout"),    \
        HOW(p, "next_upstream"), HOW(p, "next_upstream_timeout"), HOW(p, "next_upstream_tries"),   \
        HOW(p, "read_timeout"), HOW(p, "send_timeout"), HOW(p, "socket_keepalive")
#define HOW_PASSED(p)                                                                              \
    HOW(p, "hide_header"), HOW(p, "ignore_headers"), HOW(p, "intercept_errors"),                   \
        HOW(p, "pass_header")
#define HOW_BUFFERED(p)                                                                            \
    HOW(p, "buffering"), HOW(p, "buffers"), HOW(p, "busy_buffers_size"), HOW(p, "force_ranges"),   \
        HOW(p, "ignore_client_abort"), HOW(p, "limit_rate"), HOW(p, "max_temp_file_size"),         \
        HOW(p, "param"), HOW(p, "pass_request_body"), HOW(p, "pass_request_headers"),              \
        HOW(p, "request_buffering"), HOW(p, "request_dynamic"), HOW(p, "store"),                   \
        HOW(p, "store_access"), HOW(p, "temp_file_write_size"), HOW(p, "temp_path")
#define HOW_CACHED(p)                                                                              \
    HOW(p, "cache"), HOW(p, "cache_background_update"), HOW(p, "cache_bypass"),                    \
        HOW(p, "cache_key"), HOW(p, "cache_lock"), HOW(p, "cache_lock_age"),                       \
        HOW(p, "cache_lock_timeout"), HOW(p, "cache_max_range_offset"), HOW(p, "cache_methods"),   \
        HOW(p, "cache_min_uses"), SETTING_OF(p "_pass", p "_cache_path", CONTEXT_HTTP),            \
        HOW(p, "cache_purge"), HOW(p, "cache_revalidate"), HOW(p, "cache_use_stale"),              \
        HOW(p, "cache_valid"), HOW(p, "no_cache")
#define HOW_SECURED(p)                                                                             \
    HOW(p, "ssl_certificate"), HOW(p, "ssl_certificate_cache"), HOW(p, "ssl_certificate_key"),     \
        HOW(p, "ssl_ciphers"), HOW(p, "ssl_conf_command"), HOW(p, "ssl_crl"),                      \
        HOW(p, "ssl_key_log"), HOW(p, "ssl_name"), HOW(p, "ssl_password_file"),                    \
        HOW(p, "ssl_protocols"), HOW(p, "ssl_server_name"), HOW(p, "ssl_session_reuse"),           \
        HOW(p, "ssl_trusted_certificate"), HOW(p, "ssl_verify"), HOW(p, "ssl_verify_depth")

const struct directive protocol_directives[] = {
    PASS("fastcgi_pass", SUPPORT_REFUSED, ONLY_HTTP),
    HOW_CONNECTED("fastcgi"),
    HOW_PASSED("fastcgi"),
    HOW_BUFFERED("fastcgi"),
    HOW_CACHED("fastcgi"),
    HOW("fastcgi", "catch_stderr"),
    HOW("fastcgi", "index"),
    HOW("fastcgi", "keep_conn"),
    HOW("fastcgi", "send_lowat"),
    SETTING_OF("fastcgi_pass", "fastcgi_split_path_info", CONTEXT_LOCATION),

    PASS("uwsgi_pass", SUPPORT_REFUSED, ONLY_HTTP),
    HOW_CONNECTED("uwsgi"),
    HOW_PASSED("uwsgi"),
    HOW_BUFFERED("uwsgi"),
    HOW_CACHED("uwsgi"),
    HOW_SECURED("uwsgi"),
    HOW("uwsgi", "modifier1"),
    HOW("uwsgi", "modifier2"),
    HOW("uwsgi", "string"),

    PASS("scgi_pass", SUPPORT_REFUSED, ONLY_HTTP),
    HOW_CONNECTED("scgi"),
    HOW_PASSED("scgi"),
    HOW_BUFFERED("scgi"),
    HOW_CACHED("scgi"),

    PASS("memcached_pass", SUPPORT_REFUSED, ONLY_HTTP),
    HOW_CONNECTED("memcached"),
    HOW("memcached", "force_ranges"),
    HOW("memcached", "gzip_flag"),

    HOW_CONNECTED("tunnel"),
};
/* clang-format on */

const size_t protocol_directives_n = COUNT_OF(protocol_directives);
