/* SPDX-License-Identifier: Apache-2.0 */
#include "load/http2_conf.h"

#include "conf/accepted.h"
#include "load/loader.h"

#define SERVERS       (CONTEXT_HTTP | CONTEXT_SERVER)
#define FIELD(member) .offset = offsetof(struct server_settings, member)
#define LOCATIONS     (SERVERS | CONTEXT_LOCATION)
#define OBSOLETE(n, where, instead)                                                                \
    ACCEPTED(n, where, 1, 1, "…", "nginx has it no longer; " instead)

enum { STREAMS_MAX = 10000, WINDOW_MAX = INT32_MAX };

static bool set_streams(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    const uint64_t *n = field;
    return set_number(scope, row, field, err) &&
           ((*n && *n <= STREAMS_MAX) ||
            error_set(err, "\"%s\" must be between 1 and %d", row->name, STREAMS_MAX));
}

static bool set_window(struct conf_scope *scope, const struct directive *row, void *field,
                       struct error *err)
{
    const uint64_t *n = field;
    return set_size(scope, row, field, err) &&
           (*n <= WINDOW_MAX || error_set(err, "\"%s\" must be at most %d", row->name, WINDOW_MAX));
}

const struct directive http2_directives[] = {
    {.name = "http2",
     .contexts = SERVERS,
     .min_args = 1,
     .max_args = 1,
     .set = set_flag,
     FIELD(tls.http2),
     .initial = "off",
     .syntax = "on | off"},
    {.name = "http2_max_concurrent_streams",
     .contexts = SERVERS,
     .min_args = 1,
     .max_args = 1,
     .set = set_streams,
     FIELD(http2_max_streams),
     .initial = "128",
     .syntax = "number"},
    {.name = "http2_body_preread_size",
     .contexts = SERVERS,
     .min_args = 1,
     .max_args = 1,
     .set = set_window,
     FIELD(http2_window),
     .initial = "64k",
     .syntax = "size",
     .note =
         "How much of each body a client may send before yett passes it on. For all bodies of a "
         "connection together it is 1m, or this size if that is larger."},
    ACCEPTED_SIZE("http2_recv_buffer_size", CONTEXT_HTTP),
    OBSOLETE("http2_idle_timeout", SERVERS, "`keepalive_timeout` counts"),
    OBSOLETE("http2_recv_timeout", SERVERS, "`client_header_timeout` counts"),
    OBSOLETE("http2_max_field_size", SERVERS, "`large_client_header_buffers` counts"),
    OBSOLETE("http2_max_header_size", SERVERS, "`large_client_header_buffers` counts"),
    OBSOLETE("http2_max_requests", SERVERS, "`keepalive_requests` counts"),
    OBSOLETE("http2_max_concurrent_pushes", SERVERS, "browsers do not take pushed responses"),
    OBSOLETE("http2_push", LOCATIONS, "browsers do not take pushed responses"),
    OBSOLETE("http2_push_preload", LOCATIONS, "browsers do not take pushed responses"),
};

const size_t http2_directives_n = COUNT_OF(http2_directives);

void http2_conf_spread(struct loader *loader)
{
    bool *on = arena_zalloc(&loader->settings->arena, loader->settings->listeners_n + 1);
    for (size_t i = 0; i < loader->listens_n; i++) {
        on[loader->listens[i].listener] |= loader->listens[i].http2;
    }
    for (size_t i = 0; i < loader->listens_n; i++) {
        if (on[loader->listens[i].listener]) {
            loader->listens[i].server->settings.tls.http2 = true;
        }
    }
}
