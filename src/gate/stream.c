/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/stream.h"

#include "gate/connection.h"
#include "gate/request.h"

static const struct protocol *protocol_of(const struct request *request)
{
    return request->conn->protocol;
}

/* --- input --- */

void stream_want_body(struct request *request)
{
    protocol_of(request)->want_body(request);
    connection_resume(request->conn);
}

void stream_pause(struct request *request)
{
    protocol_of(request)->pause(request);
    connection_arm(request->conn);
}

void stream_resume(struct request *request)
{
    protocol_of(request)->resume(request);
    connection_resume(request->conn);
}

bool stream_drop_body(struct request *request)
{
    bool is_read = protocol_of(request)->drop_body(request);
    if (is_read) {
        connection_resume(request->conn);
    }
    return is_read;
}

bool stream_is_here(struct request *request, uint64_t max)
{
    return protocol_of(request)->is_here(request, max);
}

bool stream_accepts(const struct request *request, const struct headers *fields)
{
    return protocol_of(request)->accepts(request, fields);
}

void stream_cut(struct request *request)
{
    connection_touch(request->conn);
    protocol_of(request)->cut(request);
}

/* --- output --- */

void stream_informational(struct request *request, int status, const struct headers *fields)
{
    protocol_of(request)->informational(request, status, fields);
    connection_touch(request->conn);
}

void stream_frame(struct request *request)
{
    protocol_of(request)->frame(request);
}

void stream_fields(struct request *request)
{
    protocol_of(request)->fields(request);
}

void stream_head(struct request *request)
{
    protocol_of(request)->head(request);
    connection_touch(request->conn);
}

void stream_data(struct request *request, struct str bytes)
{
    protocol_of(request)->data(request, bytes);
    connection_touch(request->conn);
}

void stream_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned)
{
    protocol_of(request)->file(request, fd, offset, n, owned);
    connection_touch(request->conn);
}

void stream_end(struct request *request)
{
    protocol_of(request)->end(request);
    connection_touch(request->conn);
}

void stream_reset(struct request *request)
{
    protocol_of(request)->reset(request);
    connection_touch(request->conn);
}

uint64_t stream_unsent(const struct request *request)
{
    return protocol_of(request)->unsent(request);
}
