/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of the answer, as far as it is decided or sent. */
#include "facts/variable_getters.h"
#include "gate/connection.h"
#include "gate/stream.h"

/* What the handlers gave less what the client did not take (yet). */
static uint64_t sent_bytes(const struct request *request)
{
    uint64_t given = request->response.head_sent + request->response.body_sent;
    uint64_t unsent = stream_unsent(request);
    return given > unsent ? given - unsent : 0;
}

struct value variable_bytes_sent(void *facts, struct arena *arena, const struct builtin *row,
                                 struct str suffix)
{
    return value_of_u64(sent_bytes(facts), arena);
}

struct value variable_body_bytes_sent(void *facts, struct arena *arena, const struct builtin *row,
                                      struct str suffix)
{
    const struct request *request = facts;
    uint64_t sent = sent_bytes(request);
    uint64_t head = request->response.head_sent;
    return value_of_u64(sent > head ? sent - head : 0, arena);
}

struct value variable_status(void *facts, struct arena *arena, const struct builtin *row,
                             struct str suffix)
{
    const struct request *request = facts;
    int status = request->response.status;
    if (!request->response.started && !request->closed_without_answer &&
        request->walk.error_status) {
        status = request->walk.error_status;
    }
    return value_of(arena_printf(arena, "%03d", status));
}

struct value variable_request_completion(void *facts, struct arena *arena,
                                         const struct builtin *row, struct str suffix)
{
    const struct request *request = facts;
    bool complete = request->response.finished && request->response.status != 304 &&
                    !request->client_gone && !request->closed_without_answer &&
                    stream_unsent(request) == 0;
    return value_of(complete ? STR("OK") : STR(""));
}

struct value variable_sent_http(void *facts, struct arena *arena, const struct builtin *row,
                                struct str suffix)
{
    const struct request *request = facts;
    return value_of_fields(&request->response.sent, suffix, STR(", "), arena);
}

struct value variable_sent_trailer(void *facts, struct arena *arena, const struct builtin *row,
                                   struct str suffix)
{
    const struct request *request = facts;
    return value_of_fields(&request->response.sent_trailers, suffix, STR(", "), arena);
}
