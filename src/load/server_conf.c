/* SPDX-License-Identifier: Apache-2.0 */
/* The directives that decide how a server reads requests. */
#include "load/server_conf.h"

#include <assert.h>

#include "conf/accepted.h"
#include "conf/value.h"

static bool fail_buffers(const struct directive *row, struct str value, struct error *err)
{
    return error_set(err, "\"%s\" directive invalid value \"%.*s\"", row->name, STR_ARG(value));
}

static bool set_head_buffers(struct conf_scope *scope, const struct directive *row, void *field,
                             struct error *err)
{
    struct head_buffers *buffers = field;
    const struct str *args = scope->node->args;
    assert(scope->node->n == 2); /* so its row says */
    if (!str_to_u64(args[0], 1024, &buffers->n) || buffers->n == 0) {
        return fail_buffers(row, args[0], err);
    }
    if (!value_size(args[1], &buffers->size) || buffers->size == 0 || buffers->size > 1024 * 1024) {
        return fail_buffers(row, args[1], err);
    }
    return true;
}

#define SERVER_FIELD(field) .offset = offsetof(struct server_settings, field)

const struct directive server_directives[] = {
    {.name = "client_header_timeout",
     .contexts = CONTEXT_HTTP | CONTEXT_SERVER,
     .min_args = 1,
     .max_args = 1,
     .set = set_msec,
     SERVER_FIELD(client_header_timeout_ms),
     .initial = "60s",
     .syntax = "time"},
    {.name = "client_header_buffer_size",
     .contexts = CONTEXT_HTTP | CONTEXT_SERVER,
     .min_args = 1,
     .max_args = 1,
     .set = set_size,
     SERVER_FIELD(client_header_buffer_size),
     .initial = "1k",
     .syntax = "size"},
    {.name = "large_client_header_buffers",
     .contexts = CONTEXT_HTTP | CONTEXT_SERVER,
     .min_args = 2,
     .max_args = 2,
     .set = set_head_buffers,
     SERVER_FIELD(large_headers),
     .initial = "4 8k",
     .syntax = "number size",
     .note = "The request line and each header must fit into `size`, and all of them together into "
             "`number` times `size`."},
    {.name = "max_headers",
     .contexts = CONTEXT_HTTP | CONTEXT_SERVER,
     .min_args = 1,
     .max_args = 1,
     .set = set_number,
     SERVER_FIELD(max_headers),
     .initial = "1000",
     .syntax = "number"},
    {.name = "ignore_invalid_headers",
     .contexts = CONTEXT_HTTP | CONTEXT_SERVER,
     .min_args = 1,
     .max_args = 1,
     .set = set_flag,
     SERVER_FIELD(ignore_invalid_headers),
     .initial = "on",
     .syntax = "on | off"},
    {.name = "underscores_in_headers",
     .contexts = CONTEXT_HTTP | CONTEXT_SERVER,
     .min_args = 1,
     .max_args = 1,
     .set = set_flag,
     SERVER_FIELD(underscores_in_headers),
     .initial = "off",
     .syntax = "on | off"},
    {.name = "merge_slashes",
     .contexts = CONTEXT_HTTP | CONTEXT_SERVER,
     .min_args = 1,
     .max_args = 1,
     .set = set_flag,
     SERVER_FIELD(merge_slashes),
     .initial = "on",
     .syntax = "on | off"},
    ACCEPTED_SIZE("connection_pool_size", CONTEXT_HTTP | CONTEXT_SERVER),
    ACCEPTED_SIZE("request_pool_size", CONTEXT_HTTP | CONTEXT_SERVER),
    ACCEPTED_SIZE("server_names_hash_bucket_size", CONTEXT_HTTP),
    ACCEPTED_SIZE("server_names_hash_max_size", CONTEXT_HTTP),
    ACCEPTED_SIZE("variables_hash_bucket_size", CONTEXT_HTTP),
    ACCEPTED_SIZE("variables_hash_max_size", CONTEXT_HTTP),
};

const size_t server_directives_n = COUNT_OF(server_directives);
