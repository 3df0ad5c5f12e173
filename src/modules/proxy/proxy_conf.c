/* SPDX-License-Identifier: Apache-2.0 */
/* The row of the module proxy, and the table of proxy_* directives. */
#include "modules/proxy/proxy_conf.h"

#include "modules/proxy/forward.h"
#include "modules/proxy/grpc_conf.h"
#include "modules/proxy/proxy_cache_conf.h"
#include "modules/proxy/proxy_rows_conf.h"
#include "modules/proxy/proxy_variables.h"

static const struct choice http_versions[] = {
    {"1.0", HTTP_VERSION_1_0}, {"1.1", HTTP_VERSION_1_1}, {"2", HTTP_VERSION_2}, {NULL, 0}};

const struct choice proxy_next_upstream[] = {
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

const struct choice proxy_tls_protocols[] = {
    {"SSLv2", 0},         {"SSLv3", 0},         {"TLSv1", TLS_1_0}, {"TLSv1.1", TLS_1_1},
    {"TLSv1.2", TLS_1_2}, {"TLSv1.3", TLS_1_3}, {NULL, 0},
};

#define FIELD(name) offsetof(struct proxy_slot, http.name)
/* Refused, but for these values. */
#define ONLY(directive_name, which)                                                                \
    {                                                                                              \
        .name = (directive_name), .contexts = ANYWHERE, .max_args = ARGS_ANY,                      \
        .support = SUPPORT_LATER, .syntax = "…", .values = (which)                                 \
    }

static const char in_memory[] =
    "yett writes no response to disk: a slow client slows the backend down";

static const struct directive DIRECTIVES[] = {
    {.name = "proxy_pass",
     .contexts = CONTEXT_LOCATION | CONTEXT_LOCATION_IF | CONTEXT_LIMIT_EXCEPT,
     .min_args = 1,
     .max_args = 1,
     .set = set_proxy_pass,
     .extra = &proxy_pass_http,
     .offset = FIELD(pass),
     .syntax = "URL"},
    PROXY_SHARED_ROWS("proxy", FIELD),
    {.name = "proxy_set_header",
     .contexts = ANYWHERE,
     .min_args = 2,
     .max_args = 2,
     .repeats = true,
     .set = set_proxy_header,
     .offset = FIELD(headers.set),
     .syntax = "field value",
     .note = "The default of Host is `$proxy_host`. yett always sets Content-Length and "
             "Transfer-Encoding itself. It sends a PEM certificate on one line, and answers 500 if "
             "a value has any other line break."},
    {.name = "proxy_redirect",
     .contexts = ANYWHERE,
     .min_args = 1,
     .max_args = 2,
     .repeats = true,
     .set = set_proxy_redirect,
     .offset = FIELD(rewrite.redirect),
     .initial = "default",
     .syntax = "default | off | redirect replacement"},
    {.name = "proxy_cookie_domain",
     .contexts = ANYWHERE,
     .min_args = 1,
     .max_args = 2,
     .repeats = true,
     .set = set_cookie_domain,
     .offset = FIELD(rewrite.cookie_domain),
     .syntax = "off | domain replacement"},
    {.name = "proxy_cookie_path",
     .contexts = ANYWHERE,
     .min_args = 1,
     .max_args = 2,
     .repeats = true,
     .set = set_cookie_path,
     .offset = FIELD(rewrite.cookie_path),
     .syntax = "off | path replacement"},
    {.name = "proxy_cookie_flags",
     .contexts = ANYWHERE,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_cookie_flags,
     .offset = FIELD(rewrite.cookie_flags),
     .syntax = "off | cookie [flag …]"},
    {.name = "proxy_method", TEXT, .offset = FIELD(request.method)},
    {.name = "proxy_set_body", ONE, .set = set_proxy_body, .syntax = "string"},
    {.name = "proxy_http_version",
     ONE,
     .set = set_choice,
     .extra = http_versions,
     .offset = FIELD(request.version),
     .initial = "1.1",
     .syntax = "1.0 | 1.1 | 2"},
    {.name = "proxy_pass_request_headers",
     FLAG,
     .offset = FIELD(request.pass_headers),
     .initial = "on"},
    {.name = "proxy_pass_request_body",
     FLAG,
     .offset = FIELD(request.pass_body),
     .initial = "on",
     .note = "If off, yett sends no Content-Length either."},
    {.name = "proxy_pass_trailers",
     FLAG,
     .offset = FIELD(response.pass_trailers),
     .initial = "off"},
    {.name = "proxy_request_buffering", FLAG, .offset = FIELD(request.buffering), .initial = "on"},
    {.name = "proxy_buffering", FLAG, .offset = FIELD(response.buffering), .initial = "on"},
    {.name = "proxy_buffers",
     .contexts = ANYWHERE,
     .min_args = 2,
     .max_args = 2,
     .set = set_proxy_buffers,
     .initial = "8 4k",
     .syntax = "number size"},
    {.name = "proxy_busy_buffers_size", ACCEPTED, .note = in_memory},
    {.name = "proxy_temp_path", ACCEPTED, .note = in_memory},
    {.name = "proxy_max_temp_file_size", ACCEPTED, .note = in_memory},
    {.name = "proxy_temp_file_write_size", ACCEPTED, .note = in_memory},
    {.name = "proxy_headers_hash_max_size", ACCEPTED, .note = "yett sizes its tables itself"},
    {.name = "proxy_headers_hash_bucket_size", ACCEPTED, .note = "yett sizes its tables itself"},
    {.name = "proxy_send_lowat", ACCEPTED, .note = "it has no effect on Linux"},
    {.name = "proxy_ignore_client_abort",
     FLAG,
     .offset = FIELD(ignore_client_abort),
     .initial = "off"},
    {.name = "resolver",
     .contexts = ANYWHERE,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .set = set_resolver,
     .syntax = "address … [valid=time] [ipv4=on|off] [ipv6=on|off]"},
    {.name = "resolver_timeout",
     ONE,
     .set = set_resolver_timeout,
     .initial = "30s",
     .syntax = "time"},
    {.name = "upstream",
     .contexts = CONTEXT_HTTP,
     .min_args = 1,
     .max_args = 1,
     .is_block = true,
     .repeats = true,
     .set = set_upstream_block,
     .syntax = "name { … }"},
    ONLY("proxy_force_ranges", "off"),
    ONLY("proxy_limit_rate", "0"),
    ONLY("proxy_request_dynamic", "off"),
    LATER("proxy_ssl_alpn"),
    ONLY("proxy_store", "off"),
    {.name = "proxy_store_access",
     ACCEPTED,
     .syntax = "users:permissions …",
     .note = "it only matters with `proxy_store`"},
};

static void proxy_begin(struct loader *loader, struct location_settings *location)
{
    (void)loader;
    struct proxy_slot *slot = location->modules[SLOT_proxy];
    slot->http.pass = (struct proxy_pass){0};
    slot->grpc.pass = (struct proxy_pass){0};
    grpc_conf_begin(&slot->grpc);
}

static const struct directive_table TABLE = {"Proxying", DIRECTIVES, COUNT_OF(DIRECTIVES),
                                             LEVEL_MODULE, 0};
static const struct directive_table *const TABLES[] = {&TABLE, &proxy_cache_table, &grpc_table,
                                                       &upstream_table, NULL};

const struct module proxy_module = {
    .name = "proxy",
    .tables = TABLES,
    .size = sizeof(struct proxy_slot),
    .begin = proxy_begin,
    .complete = proxy_conf_complete,
    .variables = proxy_variables,
    .variables_n = PROXY_VARIABLES,
};
