/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/h1/answer.h"

#include <assert.h>

#include "gate/h1/session.h"
#include "gate/respond.h"
#include "http/status.h"

static struct output *output_of(const struct request *request)
{
    return &request->conn->output;
}

/* --- framing --- */

static bool may_chunk(const struct request *request)
{
    return request->head.minor == 1 && !request->malformed &&
           request->walk.location->chunked_transfer_encoding;
}

/* Trailers need a place behind the body (RFC 9112, 7.1.2): add_trailer makes it, as in nginx. */
void h1_frame(struct request *request)
{
    struct response *response = &request->response;
    struct h1_stream *stream = h1_stream_of(request);
    bool is_known = response->length >= 0;
    bool wants = !response->no_body && (!is_known || respond_has_trailers(request));
    stream->sends_chunks = wants && may_chunk(request);
    response->takes_trailers = stream->sends_chunks;
    if (stream->sends_chunks) {
        response->length = -1;
    } else if (!response->no_body && !is_known) {
        request->keep_alive = false; /* the end of the connection is the end of the body */
    }
}

static void add(struct request *request, enum header_id id, struct str value)
{
    headers_add_id(&request->response.sent, &request->arena, id, value);
}

void h1_fields(struct request *request)
{
    if (h1_stream_of(request)->sends_chunks) {
        add(request, HEADER_TRANSFER_ENCODING, STR("chunked"));
    }
    if (request->response.upgrade) {
        add(request, HEADER_CONNECTION, STR("upgrade"));
        return;
    }
    add(request, HEADER_CONNECTION, request->keep_alive ? STR("keep-alive") : STR("close"));
    uint64_t seconds = request->walk.location->keepalive.header_s;
    if (request->keep_alive && seconds) {
        add(request, HEADER_KEEP_ALIVE,
            arena_printf(&request->arena, "timeout=%llu", (unsigned long long)seconds));
    }
}

/* --- the head --- */

/* All fields in one piece: the size first, then each byte once. */
static void write_fields(struct output *output, const struct headers *fields)
{
    size_t n = headers_size(fields);
    char *start = output_reserve(output, n);
    char *end = headers_put(start, fields);
    assert(end == start + n);
    buf_grew(&output->bytes, n);
}

/* A backend's own words are passed on, unless error_page chose another status. */
static void write_status_line(struct output *output, const struct response *response)
{
    char number[4];
    struct str line = status_line(response->status, number);
    bool is_backends =
        response->reason.n && response->upstream && response->upstream->status == response->status;
    output_bytes(output, STR("HTTP/1.1 "));
    output_bytes(output, is_backends ? str_head(line, 3) : line);
    if (is_backends || line.n == 3) {
        output_bytes(output, STR(" ")); /* stands even when no phrase follows it (RFC 9112, 4) */
    }
    if (is_backends) {
        output_bytes(output, response->reason);
    }
    output_bytes(output, STR("\r\n"));
}

/* RFC 9110, 15.2: HTTP/1.0 does not know them. */
void h1_informational(struct request *request, int status, const struct headers *fields)
{
    char number[4];
    if (request->head.minor == 1) {
        struct output *output = output_of(request);
        output_bytes(output, STR("HTTP/1.1 "));
        output_bytes(output, status_line(status, number));
        output_bytes(output, STR("\r\n"));
        write_fields(output, fields);
    }
}

void h1_head(struct request *request)
{
    struct output *output = output_of(request);
    uint64_t before = output_size(output);
    write_status_line(output, &request->response);
    write_fields(output, &request->response.sent);
    request->response.head_sent = output_size(output) - before;
}

/* --- the body --- */

static void begin_chunk(struct request *request, uint64_t n)
{
    if (h1_stream_of(request)->sends_chunks) {
        char head[CHUNK_HEAD_MAX];
        assert(n > 0); /* a chunk of no bytes is the end of the body */
        size_t size = chunk_head(n, head);
        output_bytes(output_of(request), (struct str){head, size});
    }
}

static void end_chunk(struct request *request)
{
    if (h1_stream_of(request)->sends_chunks) {
        output_bytes(output_of(request), STR("\r\n"));
    }
}

void h1_data(struct request *request, struct str bytes)
{
    begin_chunk(request, bytes.n);
    output_bytes(output_of(request), bytes);
    end_chunk(request);
}

void h1_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned)
{
    begin_chunk(request, n);
    output_file(output_of(request), fd, offset, n, owned);
    end_chunk(request);
}

void h1_end(struct request *request)
{
    if (h1_stream_of(request)->sends_chunks) {
        output_bytes(output_of(request), STR("0\r\n"));
        write_fields(output_of(request), &request->response.sent_trailers);
    }
}

void h1_reset(struct request *request)
{
    if (h1_stream_of(request)->sends_chunks || request->response.length >= 0) {
        request->body.state = REQUEST_BODY_COMPLETE; /* nothing more is worth reading */
    }
}

uint64_t h1_unsent(const struct request *request)
{
    return output_size(output_of(request));
}
