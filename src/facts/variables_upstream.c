/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of the backends that were asked, and of what they are told. */
#include "facts/variable_getters.h"
#include "gate/connection.h"

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
struct value variable_upstream(void *facts, struct arena *arena, const struct builtin *row,
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

struct value variable_upstream_http(void *facts, struct arena *arena, const struct builtin *row,
                                    struct str suffix)
{
    const struct request *request = facts;
    const struct response_head *head = request->response.upstream;
    return head ? value_of_fields(&head->headers, suffix, STR(", "), arena) : VALUE_IS_ABSENT;
}

struct value variable_upstream_cookie(void *facts, struct arena *arena, const struct builtin *row,
                                      struct str suffix)
{
    const struct request *request = facts;
    const struct response_head *head = request->response.upstream;
    return head ? value_of_cookie(&head->headers, HEADER_SET_COOKIE, suffix) : VALUE_IS_ABSENT;
}

struct value variable_upstream_trailer(void *facts, struct arena *arena, const struct builtin *row,
                                       struct str suffix)
{
    const struct request *request = facts;
    return value_of_fields(&request->response.trailers, suffix, STR(", "), arena);
}

struct value variable_proxy_host(void *facts, struct arena *arena, const struct builtin *row,
                                 struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(request->tried_host);
}

struct value variable_proxy_port(void *facts, struct arena *arena, const struct builtin *row,
                                 struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(request->tried_port);
}

struct value variable_proxy_forwarded_for(void *facts, struct arena *arena,
                                          const struct builtin *row, struct str suffix)
{
    const struct request *request = facts;
    size_t n;
    struct str *hops = fields_named(&request->head.headers, STR("x_forwarded_for"), 1, &n, arena);
    hops[n++] = request->conn->peer_text;
    return value_of(arena_join(arena, hops, n, STR(", ")));
}
