/* SPDX-License-Identifier: Apache-2.0 */
/* The table of proxy_* directives. */
#include "gate/proxy_conf.h"

#include "gate/7_forward.h"
#include "gate/proxy_setters_conf.h"
#include "script/template_conf.h"

enum {
    ANYWHERE = CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION,
};

static const struct choice http_versions[] = {{"1.0", 0}, {"1.1", 1}, {NULL, 0}};

static const struct choice next_upstream[] = {
    {"off", NEXT_UPSTREAM_OFF},
    {"error", NEXT_UPSTREAM_ERROR},
    {"timeout", NEXT_UPSTREAM_TIMEOUT},
    {"invalid_header", NEXT_UPSTREAM_INVALID_HEADER},
    {"non_idempotent", NEXT_UPSTREAM_NON_IDEMPOTENT},
    {"http_500", NEXT_UPSTREAM_500},
    {"http_502", NEXT_UPSTREAM_502},
    {"http_503", NEXT_UPSTREAM_503},
    {"http_504", NEXT_UPSTREAM_504},
    {"http_403", NEXT_UPSTREAM_403},
    {"http_404", NEXT_UPSTREAM_404},
    {"http_429", NEXT_UPSTREAM_429},
    {NULL, 0},
};

static const struct choice tls_protocols[] = {
    {"SSLv2", 0},       {"SSLv3", 0},         {"TLSv1", TLS_1_0}, {"TLSv1.1", TLS_1_1},
    {"TLSv1.2", TLS_1_2}, {"TLSv1.3", TLS_1_3}, {NULL, 0},
};

#define FIELD(name) offsetof(struct proxy_settings, name)
#define ONE         .contexts = ANYWHERE, .min_args = 1, .max_args = 1
#define FLAG        ONE, .set = set_flag, .syntax = "on | off"
#define TIME        ONE, .set = set_msec, .syntax = "time"
#define SIZE        ONE, .set = set_size, .syntax = "size"
#define TEXT        ONE, .set = set_template, .syntax = "string"
#define ACCEPTED                                                                                   \
    .contexts = ANYWHERE, .max_args = ARGS_ANY, .repeats = true, .support = SUPPORT_ACCEPTED
#define LATER(directive_name)                                                                      \
    {                                                                                              \
        .name = directive_name, .contexts = ANYWHERE | CONTEXT_LOCATION_IF, .max_args = ARGS_ANY,  \
        .repeats = true, .support = SUPPORT_LATER                                                  \
    }

static const char in_memory[] =
    "a client that is slower than the backend holds it back: nothing is written to disk";

const struct directive proxy_directives[] = {
    {.name = "proxy_pass",
     .contexts = CONTEXT_LOCATION | CONTEXT_LOCATION_IF | CONTEXT_LIMIT_EXCEPT, .min_args = 1,
     .max_args = 1, .set = set_proxy_pass, .offset = FIELD(pass), .syntax = "URL"},
    {.name = "proxy_set_header", .contexts = ANYWHERE, .min_args = 2, .max_args = 2,
     .repeats = true, .set = set_proxy_header, .offset = FIELD(set_headers),
     .syntax = "field value",
     .note = "Host is $proxy_host unless set; Content-Length and Transfer-Encoding always say what "
             "is sent"},
    {.name = "proxy_hide_header", ONE, .repeats = true, .set = set_proxy_names,
     .offset = FIELD(hide_headers), .syntax = "field"},
    {.name = "proxy_pass_header", ONE, .repeats = true, .set = set_proxy_names,
     .offset = FIELD(pass_headers), .syntax = "field"},
    {.name = "proxy_ignore_headers", .contexts = ANYWHERE, .min_args = 1, .max_args = ARGS_ANY,
     .set = set_ignored_headers, .offset = FIELD(ignore_headers), .syntax = "field …"},
    {.name = "proxy_redirect", .contexts = ANYWHERE, .min_args = 1, .max_args = 2, .repeats = true,
     .set = set_proxy_redirect, .offset = FIELD(redirect), .initial = "default",
     .syntax = "default | off | redirect replacement"},
    {.name = "proxy_cookie_domain", .contexts = ANYWHERE, .min_args = 1, .max_args = 2,
     .repeats = true, .set = set_cookie_domain, .offset = FIELD(cookie_domain),
     .syntax = "off | domain replacement"},
    {.name = "proxy_cookie_path", .contexts = ANYWHERE, .min_args = 1, .max_args = 2,
     .repeats = true, .set = set_cookie_path, .offset = FIELD(cookie_path),
     .syntax = "off | path replacement"},
    {.name = "proxy_cookie_flags", .contexts = ANYWHERE, .min_args = 1, .max_args = ARGS_ANY,
     .repeats = true, .set = set_cookie_flags, .offset = FIELD(cookie_flags),
     .syntax = "off | cookie [flag …]"},
    {.name = "proxy_method", TEXT, .offset = FIELD(method)},
    {.name = "proxy_set_body", ONE, .set = set_proxy_body, .syntax = "string"},
    {.name = "proxy_http_version", ONE, .set = set_choice, .extra = http_versions,
     .offset = FIELD(http_minor), .initial = "1.1", .syntax = "1.0 | 1.1"},
    {.name = "proxy_pass_request_headers", FLAG, .offset = FIELD(pass_request_headers),
     .initial = "on"},
    {.name = "proxy_pass_request_body", FLAG, .offset = FIELD(pass_request_body), .initial = "on",
     .note = "when off, no Content-Length is sent either"},
    {.name = "proxy_pass_trailers", FLAG, .offset = FIELD(pass_trailers), .initial = "off"},
    {.name = "proxy_request_buffering", FLAG, .offset = FIELD(request_buffering), .initial = "on"},
    {.name = "proxy_buffering", FLAG, .offset = FIELD(buffering), .initial = "on"},
    {.name = "proxy_buffer_size", SIZE, .offset = FIELD(buffer_size), .initial = "4k"},
    {.name = "proxy_buffers", .contexts = ANYWHERE, .min_args = 2, .max_args = 2,
     .set = set_proxy_buffers, .initial = "8 4k", .syntax = "number size"},
    {.name = "proxy_busy_buffers_size", ACCEPTED, .note = in_memory},
    {.name = "proxy_temp_path", ACCEPTED, .note = in_memory},
    {.name = "proxy_max_temp_file_size", ACCEPTED, .note = in_memory},
    {.name = "proxy_temp_file_write_size", ACCEPTED, .note = in_memory},
    {.name = "proxy_headers_hash_max_size", ACCEPTED, .note = "tables size themselves"},
    {.name = "proxy_headers_hash_bucket_size", ACCEPTED, .note = "tables size themselves"},
    {.name = "proxy_send_lowat", ACCEPTED, .note = "it has no effect on Linux"},
    {.name = "proxy_connect_timeout", TIME, .offset = FIELD(connect_timeout_ms), .initial = "60s"},
    {.name = "proxy_send_timeout", TIME, .offset = FIELD(send_timeout_ms), .initial = "60s"},
    {.name = "proxy_read_timeout", TIME, .offset = FIELD(read_timeout_ms), .initial = "60s"},
    {.name = "proxy_intercept_errors", FLAG, .offset = FIELD(intercept_errors), .initial = "off"},
    {.name = "proxy_ignore_client_abort", FLAG, .offset = FIELD(ignore_client_abort),
     .initial = "off"},
    {.name = "proxy_socket_keepalive", FLAG, .offset = FIELD(socket_keepalive), .initial = "off"},
    {.name = "proxy_next_upstream", .contexts = ANYWHERE, .min_args = 1, .max_args = ARGS_ANY,
     .set = set_choices, .extra = next_upstream, .offset = FIELD(next_upstream),
     .initial = "error timeout",
     .syntax = "error | timeout | invalid_header | http_500 | http_502 | http_503 | http_504 | "
               "http_403 | http_404 | http_429 | non_idempotent | off …"},
    {.name = "proxy_next_upstream_tries", ONE, .set = set_number,
     .offset = FIELD(next_upstream_tries), .initial = "0", .syntax = "number"},
    {.name = "proxy_next_upstream_timeout", TIME, .offset = FIELD(next_upstream_timeout_ms),
     .initial = "0"},
    {.name = "proxy_bind", .contexts = ANYWHERE, .min_args = 1, .max_args = 2,
     .set = set_proxy_bind, .offset = FIELD(bind), .syntax = "address | off"},
    {.name = "proxy_ssl_certificate", ONE, .set = set_tls_path, .offset = FIELD(tls_certificate),
     .syntax = "file"},
    {.name = "proxy_ssl_certificate_key", ONE, .set = set_tls_path, .offset = FIELD(tls_key),
     .syntax = "file"},
    {.name = "proxy_ssl_password_file", ONE, .set = set_conf_path,
     .offset = FIELD(tls.password_file), .syntax = "file"},
    {.name = "proxy_ssl_trusted_certificate", ONE, .set = set_conf_path,
     .offset = FIELD(tls.trusted_certificate), .syntax = "file"},
    {.name = "proxy_ssl_crl", ONE, .set = set_conf_path, .offset = FIELD(tls.crl),
     .syntax = "file"},
    {.name = "proxy_ssl_verify", FLAG, .offset = FIELD(tls.verify), .initial = "off"},
    {.name = "proxy_ssl_verify_depth", ONE, .set = set_number, .offset = FIELD(tls.verify_depth),
     .initial = "1", .syntax = "number"},
    {.name = "proxy_ssl_name", TEXT, .offset = FIELD(tls_name)},
    {.name = "proxy_ssl_server_name", FLAG, .offset = FIELD(tls_server_name), .initial = "off"},
    {.name = "proxy_ssl_protocols", .contexts = ANYWHERE, .min_args = 1, .max_args = ARGS_ANY,
     .set = set_choices, .extra = tls_protocols, .offset = FIELD(tls.protocols),
     .initial = "TLSv1.2 TLSv1.3",
     .syntax = "[SSLv2] [SSLv3] [TLSv1] [TLSv1.1] [TLSv1.2] [TLSv1.3]"},
    {.name = "proxy_ssl_ciphers", ONE, .set = set_text, .offset = FIELD(tls.ciphers),
     .initial = "DEFAULT", .syntax = "ciphers"},
    {.name = "proxy_ssl_conf_command", .contexts = ANYWHERE, .min_args = 2, .max_args = 2,
     .repeats = true, .set = set_tls_command, .offset = FIELD(tls), .syntax = "name value"},
    {.name = "proxy_ssl_session_reuse", FLAG, .offset = FIELD(tls.session_reuse), .initial = "on"},
    {.name = "proxy_ssl_certificate_cache", ACCEPTED,
     .note = "certificates named with variables are read for each request"},
    {.name = "resolver", .contexts = ANYWHERE, .min_args = 1, .max_args = ARGS_ANY,
     .set = set_resolver, .syntax = "address … [valid=time] [ipv4=on|off] [ipv6=on|off]"},
    {.name = "resolver_timeout", ONE, .set = set_resolver_timeout, .initial = "30s",
     .syntax = "time"},
    {.name = "upstream", .contexts = CONTEXT_HTTP, .min_args = 1, .max_args = 1, .is_block = true,
     .repeats = true, .set = set_upstream_block, .syntax = "name { … }"},
    LATER("proxy_cache"),
    LATER("proxy_cache_background_update"),
    LATER("proxy_cache_bypass"),
    LATER("proxy_cache_convert_head"),
    LATER("proxy_cache_key"),
    LATER("proxy_cache_lock"),
    LATER("proxy_cache_lock_age"),
    LATER("proxy_cache_lock_timeout"),
    LATER("proxy_cache_max_range_offset"),
    LATER("proxy_cache_methods"),
    LATER("proxy_cache_min_uses"),
    LATER("proxy_cache_path"),
    LATER("proxy_cache_purge"),
    LATER("proxy_cache_revalidate"),
    LATER("proxy_cache_use_stale"),
    LATER("proxy_cache_valid"),
    LATER("proxy_no_cache"),
    LATER("proxy_force_ranges"),
    LATER("proxy_limit_rate"),
    LATER("proxy_allow_upstream"),
    LATER("proxy_request_dynamic"),
    LATER("proxy_ssl_key_log"),
    LATER("proxy_ssl_alpn"),
    LATER("proxy_store"),
    LATER("proxy_store_access"),
};

const size_t proxy_directives_n = COUNT_OF(proxy_directives);
