/* SPDX-License-Identifier: Apache-2.0 */
/* The directives that a location's settings come from. */
#include "load/location_conf.h"

#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "conf/accepted.h"
#include "conf/value.h"
#include "load/location_setters_conf.h"
#include "script/template.h"

#define EVERYWHERE    (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION)
#define EVERYWHERE_IF (EVERYWHERE | CONTEXT_LOCATION_IF)

static const struct choice TOKENS[] = {{"on", SERVER_TOKENS_ON},
                                       {"off", SERVER_TOKENS_OFF},
                                       {"build", SERVER_TOKENS_BUILD},
                                       {NULL, 0}};

static const struct choice LINGERING[] = {
    {"off", LINGERING_OFF}, {"on", LINGERING_ON}, {"always", LINGERING_ALWAYS}, {NULL, 0}};

/* --- setters --- */

static bool set_internal(struct conf_scope *scope, const struct directive *row, void *field,
                         struct error *err)
{
    ((struct location_settings *)field)->internal = true;
    return true;
}

static bool set_keepalive_timeout(struct conf_scope *scope, const struct directive *row,
                                  void *field, struct error *err)
{
    struct location_settings *location = field;
    location->keepalive.header_s = 0;
    if (!set_msec(scope, row, &location->keepalive.timeout_ms, err)) {
        return false;
    }
    if (scope->node->n > 1 && !value_sec(scope->node->args[1], &location->keepalive.header_s)) {
        return error_set(err, "invalid value \"%.*s\"", STR_ARG(scope->node->args[1]));
    }
    return true;
}

static bool set_early_hints(struct conf_scope *scope, const struct directive *row, void *field,
                            struct error *err)
{
    struct texts *texts = field;
    const struct conf_node *node = scope->node;
    if (scope->first) {
        *texts = (struct texts){0};
    }
    for (size_t i = 0; i < node->n; i++) {
        struct template *text =
            vec_push(scope->arena, &texts->items, &texts->n, sizeof(*texts->items));
        if (!template_compile(node->args[i], scope->vars, scope->arena, node->file, node->line,
                              text, err)) {
            return false;
        }
    }
    return true;
}

/* Where the account can be expected to write. */
static char *default_temp_path(struct settings *settings)
{
    struct str base = geteuid() == 0 ? STR("/var/lib/yett/body") : STR("client_body_temp");
    return path_resolve(&settings->arena, str_of(settings->prefix), base);
}

void location_conf_complete(struct location_settings *location, struct settings *settings)
{
    if (!location->files.types) {
        location->files.types = files_default_types(&settings->arena);
    }
    if (!location->log) {
        location->log = settings->log;
    }
    if (!location->body.temp_path) {
        location->body.temp_path = default_temp_path(settings);
    }
}

/* --- the table --- */

/* One argument, one field, everywhere. */
#define PLAIN(n, setter, member, first, words)                                                     \
    {                                                                                              \
        .name = (n), .contexts = EVERYWHERE, .min_args = 1, .max_args = 1, .set = (setter),        \
        LOCATION_FIELD(member), .initial = (first), .syntax = (words)                              \
    }
#define LOCATION_FIELD(field) .offset = offsetof(struct location_settings, field)

const struct directive location_directives[] = {
    /* files */
    {.name = "root",
     .contexts = EVERYWHERE_IF,
     .min_args = 1,
     .max_args = 1,
     .set = set_root,
     .initial = "html",
     .syntax = "path"},
    {.name = "alias",
     .contexts = CONTEXT_LOCATION,
     .min_args = 1,
     .max_args = 1,
     .set = set_alias,
     .syntax = "path"},
    PLAIN("default_type", set_media_type, files.default_type, "text/plain", "mime-type"),
    {.name = "types",
     .contexts = EVERYWHERE,
     .is_block = true,
     .repeats = true,
     .set = set_types,
     .syntax = "",
     .note = "Default: the types of html, gif and jpg files."},
    {.name = "try_files",
     .contexts = CONTEXT_SERVER | CONTEXT_LOCATION,
     .min_args = 2,
     .max_args = ARGS_ANY,
     .set = set_try_files,
     .syntax = "file … uri | file … =code"},
    {.name = "internal", .contexts = CONTEXT_LOCATION, .set = set_internal, .syntax = ""},

    /* answers */
    {.name = "error_page",
     .contexts = EVERYWHERE_IF,
     .min_args = 2,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_error_page,
     .syntax = "code … [=[response]] uri"},
    PLAIN("recursive_error_pages", set_flag, recursive_error_pages, "off", "on | off"),
    {.name = "server_tokens",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 1,
     .set = set_choice,
     LOCATION_FIELD(server_tokens),
     .extra = TOKENS,
     .initial = "on",
     .syntax = "on | off | build"},
    PLAIN("absolute_redirect", set_flag, redirects.absolute, "on", "on | off"),
    PLAIN("port_in_redirect", set_flag, redirects.with_port, "on", "on | off"),
    PLAIN("server_name_in_redirect", set_flag, redirects.with_name, "off", "on | off"),
    PLAIN("chunked_transfer_encoding", set_flag, chunked_transfer_encoding, "on", "on | off"),
    {.name = "early_hints",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_early_hints,
     LOCATION_FIELD(early_hints),
     .syntax = "string …",
     .note =
         "Headers about one connection, and those that `proxy_hide_header` hides, are not passed "
         "on. All 103 responses to one request count against `proxy_buffer_size`."},
    PLAIN("http2_chunk_size", set_size, http2_chunk_size, "8k", "size"),
    PLAIN("send_timeout", set_msec, send_timeout_ms, "60s", "time"),

    /* logs */
    {.name = "error_log",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 2,
     .repeats = true,
     .set = set_error_log,
     .syntax = "file | stderr [level]",
     .note = "Default: the error log of the main context."},
    {.name = "uninitialized_variable_warn",
     .contexts = EVERYWHERE_IF | CONTEXT_SERVER_IF,
     .min_args = 1,
     .max_args = 1,
     .set = set_flag,
     LOCATION_FIELD(uninitialized_variable_warn),
     .initial = "on",
     .syntax = "on | off"},

    /* request bodies */
    PLAIN("client_max_body_size", set_size, body.max_size, "1m", "size"),
    PLAIN("client_body_buffer_size", set_size, body.buffer_size, "16k", "size"),
    PLAIN("client_body_timeout", set_msec, body.timeout_ms, "60s", "time"),
    {.name = "client_body_temp_path",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 4,
     .set = set_path,
     LOCATION_FIELD(body.temp_path),
     .syntax = "path [level1 [level2 [level3]]]",
     .note =
         "Default: \"/var/lib/yett/body\" if root starts yett, else \"client_body_temp\" below the "
         "prefix (\"-p\"). The account of the worker must be able to create files there: \"-t\" "
         "and "
         "the start make the directory if it is missing, and try. The files have no names, so the "
         "levels have no effect."},
    {.name = "client_body_in_file_only",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 1,
     .support = SUPPORT_LATER,
     .initial = "off",
     .syntax = "on | clean | off",
     .values = "off"},
    ACCEPTED("client_body_in_single_buffer", EVERYWHERE, 1, 1, "on | off",
             "yett always keeps a body in memory in one buffer"),

    /* connections */
    {.name = "keepalive_timeout",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 2,
     .set = set_keepalive_timeout,
     .initial = "75s",
     .syntax = "timeout [header_timeout]"},
    PLAIN("keepalive_requests", set_number, keepalive.requests, "1000", "number"),
    PLAIN("keepalive_time", set_msec, keepalive.time_ms, "1h", "time"),
    ACCEPTED("keepalive_disable", EVERYWHERE, 1, ARGS_ANY, "none | browser …",
             "it is for obsolete browsers"),
    ACCEPTED("keepalive_min_timeout", EVERYWHERE, 1, 1, "timeout",
             "yett keeps an idle connection for `keepalive_timeout`"),
    {.name = "lingering_close",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 1,
     .set = set_choice,
     LOCATION_FIELD(lingering.mode),
     .extra = LINGERING,
     .initial = "on",
     .syntax = "off | on | always"},
    PLAIN("lingering_time", set_msec, lingering.time_ms, "30s", "time"),
    PLAIN("lingering_timeout", set_msec, lingering.timeout_ms, "5s", "time"),
    PLAIN("reset_timedout_connection", set_flag, reset_timedout_connection, "off", "on | off"),

    /* without effect */
    ACCEPTED("sendfile", EVERYWHERE_IF, 1, 1, "on | off", ONLY_SPEED),
    ACCEPTED_SIZE("sendfile_max_chunk", EVERYWHERE),
    ACCEPTED("tcp_nodelay", EVERYWHERE, 1, 1, "on | off", ONLY_SPEED),
    ACCEPTED("tcp_nopush", EVERYWHERE, 1, 1, "on | off", ONLY_SPEED),
    ACCEPTED("aio", EVERYWHERE, 1, 1, "on | off | threads[=pool]", ONLY_SPEED),
    ACCEPTED("aio_write", EVERYWHERE, 1, 1, "on | off", ONLY_SPEED),
    ACCEPTED("directio", EVERYWHERE, 1, 1, "size | off", ONLY_SPEED),
    ACCEPTED_SIZE("directio_alignment", EVERYWHERE),
    ACCEPTED("output_buffers", EVERYWHERE, 2, 2, "number size", ONLY_SPEED),
    ACCEPTED_SIZE("postpone_output", EVERYWHERE),
    ACCEPTED_SIZE("read_ahead", EVERYWHERE),
    ACCEPTED_SIZE("send_lowat", EVERYWHERE),
    ACCEPTED_SIZE("subrequest_output_buffer_size", EVERYWHERE),
    ACCEPTED("open_file_cache", EVERYWHERE, 1, 2, "off | max=N [inactive=time]",
             "yett opens files for each request, so it never serves a stale file"),
    ACCEPTED("open_file_cache_errors", EVERYWHERE, 1, 1, "on | off",
             "yett opens files for each request, so it never serves a stale file"),
    ACCEPTED("open_file_cache_min_uses", EVERYWHERE, 1, 1, "number",
             "yett opens files for each request, so it never serves a stale file"),
    ACCEPTED("open_file_cache_valid", EVERYWHERE, 1, 1, "time",
             "yett opens files for each request, so it never serves a stale file"),
    ACCEPTED("open_log_file_cache", EVERYWHERE, 1, 4,
             "max=N [inactive=time] [min_uses=N] [valid=time] | off",
             "yett opens a log whose name has variables for each line"),
    ACCEPTED_SIZE("types_hash_bucket_size", EVERYWHERE),
    ACCEPTED_SIZE("types_hash_max_size", EVERYWHERE),
    ACCEPTED("msie_padding", EVERYWHERE, 1, 1, "on | off", "it is for obsolete browsers"),
    ACCEPTED("msie_refresh", EVERYWHERE, 1, 1, "on | off", "it is for obsolete browsers"),
};

const size_t location_directives_n = COUNT_OF(location_directives);
