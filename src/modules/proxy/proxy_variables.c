/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/proxy/proxy_variables.h"

#include "base/compiler.h"
#include "facts/variable_getters.h"
#include "gate/connection.h"

/* What variable_upstream lists for each try. */
enum try_field {
    TRY_ADDRESS,
    TRY_STATUS,
    TRY_CONNECT_TIME,
    TRY_HEADER_TIME,
    TRY_RESPONSE_TIME,
    TRY_RESPONSE_LENGTH,
    TRY_BYTES_SENT,
    TRY_BYTES_RECEIVED,
};

static struct str ms_or_dash(int64_t ms, struct arena *arena)
{
    return ms < 0 ? STR("-") : value_of_ms((uint64_t)ms, arena).s;
}

static struct str try_text(const struct upstream_try *try, enum try_field field,
                           struct arena *arena)
{
    switch (field) {
    case TRY_ADDRESS: return try->address;
    case TRY_STATUS: return try->status ? value_of_u64((uint64_t)try->status, arena).s : STR("-");
    case TRY_CONNECT_TIME: return ms_or_dash(try->stats.connect_ms, arena);
    case TRY_HEADER_TIME: return ms_or_dash(try->stats.header_ms, arena);
    case TRY_RESPONSE_TIME: return ms_or_dash(try->stats.response_ms, arena);
    case TRY_RESPONSE_LENGTH: return value_of_u64(try->stats.body_received, arena).s;
    case TRY_BYTES_SENT: return value_of_u64(try->stats.bytes_sent, arena).s;
    case TRY_BYTES_RECEIVED: return value_of_u64(try->stats.bytes_received, arena).s;
    }
    return STR("-");
}

/* ", " between the tries of one exchange, " : " where an internal redirect lies between them. */
static struct value variable_upstream(void *facts, struct arena *arena, const struct builtin *row,
                                      struct str suffix)
{
    const struct request *request = facts;
    size_t n = 0;
    for (const struct upstream_try *try = request->tries; try; try = try->next) {
        n += 2;
    }
    struct str *items = arena_alloc(arena, n * sizeof(*items));
    n = 0;
    for (const struct upstream_try *try = request->tries; try; try = try->next) {
        items[n++] = try_text(try, (enum try_field)row->data, arena);
        items[n++] = !try->next ? STR("") : try->redirected ? STR(" : ") : STR(", ");
    }
    return n ? value_of(arena_join(arena, items, n, STR(""))) : VALUE_IS_ABSENT;
}

static struct value variable_upstream_http(void *facts, struct arena *arena,
                                           const struct builtin *row, struct str suffix)
{
    const struct request *request = facts;
    const struct response_head *head = request->response.upstream;
    return head ? value_of_fields(&head->headers, suffix, STR(", "), arena) : VALUE_IS_ABSENT;
}

static struct value variable_upstream_cookie(void *facts, struct arena *arena,
                                             const struct builtin *row, struct str suffix)
{
    const struct request *request = facts;
    const struct response_head *head = request->response.upstream;
    return head ? value_of_cookie(&head->headers, HEADER_SET_COOKIE, suffix) : VALUE_IS_ABSENT;
}

static struct value variable_upstream_trailer(void *facts, struct arena *arena,
                                              const struct builtin *row, struct str suffix)
{
    const struct request *request = facts;
    return value_of_fields(&request->response.trailers, suffix, STR(", "), arena);
}

static struct value variable_proxy_host(void *facts, struct arena *arena, const struct builtin *row,
                                        struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(request->tried_host);
}

static struct value variable_proxy_port(void *facts, struct arena *arena, const struct builtin *row,
                                        struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(request->tried_port);
}

static struct value variable_proxy_forwarded_for(void *facts, struct arena *arena,
                                                 const struct builtin *row, struct str suffix)
{
    const struct request *request = facts;
    size_t n;
    struct str *hops = fields_named(&request->head.headers, STR("x_forwarded_for"), 1, &n, arena);
    hops[n++] = request->conn->peer_text;
    return value_of(arena_join(arena, hops, n, STR(", ")));
}

const struct builtin proxy_variables[] = {
    {"proxy_add_x_forwarded_for", variable_proxy_forwarded_for},
    {"proxy_host", variable_proxy_host, .volatile_ = true},
    {"proxy_port", variable_proxy_port, .volatile_ = true},
    {"upstream_addr", variable_upstream, TRY_ADDRESS, .volatile_ = true},
    {"upstream_bytes_received", variable_upstream, TRY_BYTES_RECEIVED, .volatile_ = true},
    {"upstream_bytes_sent", variable_upstream, TRY_BYTES_SENT, .volatile_ = true},
    {"upstream_connect_time", variable_upstream, TRY_CONNECT_TIME, .volatile_ = true},
    {"upstream_cookie_", variable_upstream_cookie, .prefix = true, .volatile_ = true},
    {"upstream_header_time", variable_upstream, TRY_HEADER_TIME, .volatile_ = true},
    {"upstream_http_", variable_upstream_http, .prefix = true, .volatile_ = true},
    {"upstream_response_length", variable_upstream, TRY_RESPONSE_LENGTH, .volatile_ = true},
    {"upstream_response_time", variable_upstream, TRY_RESPONSE_TIME, .volatile_ = true},
    {"upstream_status", variable_upstream, TRY_STATUS, .volatile_ = true},
    {"upstream_trailer_", variable_upstream_trailer, .prefix = true, .volatile_ = true},
    {"upstream_cache_status", variable_not_here},
};

_Static_assert(COUNT_OF(proxy_variables) == PROXY_VARIABLES, "as the header says");
