/* SPDX-License-Identifier: Apache-2.0 */
/* The directives that proxy_* and grpc_* have both, as one list of rows. */
#ifndef MODULES_PROXY_PROXY_ROWS_CONF_H
#define MODULES_PROXY_PROXY_ROWS_CONF_H

#include "modules/proxy/proxy_setters_conf.h"
#include "script/template_conf.h"

enum {
    ANYWHERE = CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION,
};

#define ONE  .contexts = ANYWHERE, .min_args = 1, .max_args = 1
#define FLAG ONE, .set = set_flag, .syntax = "on | off"
#define TIME ONE, .set = set_msec, .syntax = "time"
#define SIZE ONE, .set = set_size, .syntax = "size"
#define TEXT ONE, .set = set_template, .syntax = "string"
#define ACCEPTED                                                                                   \
    .contexts = ANYWHERE, .max_args = ARGS_ANY, .repeats = true, .support = SUPPORT_ACCEPTED
#define LATER(directive_name)                                                                      \
    {                                                                                              \
        .name = (directive_name), .contexts = ANYWHERE | CONTEXT_LOCATION_IF,                      \
        .max_args = ARGS_ANY, .repeats = true, .support = SUPPORT_LATER                            \
    }

/* `p` is "proxy" or "grpc", F(field) the offset of a field of its struct proxy_settings. */
#define PROXY_SHARED_ROWS(p, F)                                                                    \
    {.name = p "_hide_header",                                                                     \
     ONE,                                                                                          \
     .repeats = true,                                                                              \
     .set = set_proxy_names,                                                                       \
     .offset = F(headers.hide),                                                                    \
     .syntax = "field"},                                                                           \
        {.name = p "_pass_header",                                                                 \
         ONE,                                                                                      \
         .repeats = true,                                                                          \
         .set = set_proxy_names,                                                                   \
         .offset = F(headers.pass),                                                                \
         .syntax = "field"},                                                                       \
        {.name = p "_ignore_headers",                                                              \
         .contexts = ANYWHERE,                                                                     \
         .min_args = 1,                                                                            \
         .max_args = ARGS_ANY,                                                                     \
         .set = set_ignored_headers,                                                               \
         .offset = F(headers.ignore),                                                              \
         .syntax = "field …"},                                                                     \
        {.name = p "_buffer_size", SIZE, .offset = F(response.buffer_size), .initial = "4k"},      \
        {.name = p "_connect_timeout",                                                             \
         TIME,                                                                                     \
         .offset = F(link.connect_timeout_ms),                                                     \
         .initial = "60s"},                                                                        \
        {.name = p "_send_timeout", TIME, .offset = F(link.send_timeout_ms), .initial = "60s"},    \
        {.name = p "_read_timeout", TIME, .offset = F(link.read_timeout_ms), .initial = "60s"},    \
        {.name = p "_intercept_errors",                                                            \
         FLAG,                                                                                     \
         .offset = F(response.intercept_errors),                                                   \
         .initial = "off"},                                                                        \
        {.name = p "_socket_keepalive",                                                            \
         FLAG,                                                                                     \
         .offset = F(link.socket_keepalive),                                                       \
         .initial = "off"},                                                                        \
        {.name = p "_next_upstream",                                                               \
         .contexts = ANYWHERE,                                                                     \
         .min_args = 1,                                                                            \
         .max_args = ARGS_ANY,                                                                     \
         .set = set_choices,                                                                       \
         .extra = proxy_next_upstream,                                                             \
         .offset = F(retry.conditions),                                                            \
         .initial = "error timeout",                                                               \
         .syntax =                                                                                 \
             "error | timeout | invalid_header | http_500 | http_502 | http_503 | http_504 | "     \
             "http_403 | http_404 | http_429 | non_idempotent | off …"},                           \
        {.name = p "_next_upstream_tries",                                                         \
         ONE,                                                                                      \
         .set = set_number,                                                                        \
         .offset = F(retry.tries),                                                                 \
         .initial = "0",                                                                           \
         .syntax = "number"},                                                                      \
        {.name = p "_next_upstream_timeout", TIME, .offset = F(retry.timeout_ms), .initial = "0"}, \
        {.name = p "_bind",                                                                        \
         .contexts = ANYWHERE,                                                                     \
         .min_args = 1,                                                                            \
         .max_args = 2,                                                                            \
         .set = set_proxy_bind,                                                                    \
         .offset = F(link.bind),                                                                   \
         .syntax = "address | off"},                                                               \
        {.name = p "_ssl_certificate",                                                             \
         ONE,                                                                                      \
         .set = set_tls_path,                                                                      \
         .offset = F(tls.certificate),                                                             \
         .syntax = "file"},                                                                        \
        {.name = p "_ssl_certificate_key",                                                         \
         ONE,                                                                                      \
         .set = set_tls_path,                                                                      \
         .offset = F(tls.key),                                                                     \
         .syntax = "file"},                                                                        \
        {.name = p "_ssl_password_file",                                                           \
         ONE,                                                                                      \
         .set = set_conf_path,                                                                     \
         .offset = F(tls.settings.password_file),                                                  \
         .syntax = "file"},                                                                        \
        {.name = p "_ssl_trusted_certificate",                                                     \
         ONE,                                                                                      \
         .set = set_conf_path,                                                                     \
         .offset = F(tls.settings.trusted_certificate),                                            \
         .syntax = "file"},                                                                        \
        {.name = p "_ssl_crl",                                                                     \
         ONE,                                                                                      \
         .set = set_conf_path,                                                                     \
         .offset = F(tls.settings.crl),                                                            \
         .syntax = "file"},                                                                        \
        {.name = p "_ssl_verify", FLAG, .offset = F(tls.settings.verify), .initial = "off"},       \
        {.name = p "_ssl_verify_depth",                                                            \
         ONE,                                                                                      \
         .set = set_number,                                                                        \
         .offset = F(tls.settings.verify_depth),                                                   \
         .initial = "1",                                                                           \
         .syntax = "number"},                                                                      \
        {.name = p "_ssl_name", TEXT, .offset = F(tls.name)},                                      \
        {.name = p "_ssl_server_name", FLAG, .offset = F(tls.server_name), .initial = "off"},      \
        {.name = p "_ssl_protocols",                                                               \
         .contexts = ANYWHERE,                                                                     \
         .min_args = 1,                                                                            \
         .max_args = ARGS_ANY,                                                                     \
         .set = set_choices,                                                                       \
         .extra = proxy_tls_protocols,                                                             \
         .offset = F(tls.settings.protocols),                                                      \
         .initial = "TLSv1.2 TLSv1.3",                                                             \
         .syntax = "[SSLv2] [SSLv3] [TLSv1] [TLSv1.1] [TLSv1.2] [TLSv1.3]"},                       \
        {.name = p "_ssl_ciphers",                                                                 \
         ONE,                                                                                      \
         .set = set_text,                                                                          \
         .offset = F(tls.settings.ciphers),                                                        \
         .initial = "DEFAULT",                                                                     \
         .syntax = "ciphers"},                                                                     \
        {.name = p "_ssl_conf_command",                                                            \
         .contexts = ANYWHERE,                                                                     \
         .min_args = 2,                                                                            \
         .max_args = 2,                                                                            \
         .repeats = true,                                                                          \
         .set = set_tls_command,                                                                   \
         .offset = F(tls.settings),                                                                \
         .syntax = "name value"},                                                                  \
        {.name = p "_ssl_session_reuse",                                                           \
         FLAG,                                                                                     \
         .offset = F(tls.settings.session_reuse),                                                  \
         .initial = "on"},                                                                         \
        {.name = p "_ssl_certificate_cache",                                                       \
         ACCEPTED,                                                                                 \
         .note = "yett reads certificates whose names have variables for each request"},           \
        LATER(p "_allow_upstream"), LATER(p "_ssl_key_log")

#endif
