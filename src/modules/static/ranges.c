/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/static/ranges.h"

#include <assert.h>
#include <openssl/rand.h>
#include <unistd.h>

#include "gate/body.h"
#include "gate/connection.h"
#include "gate/hooks.h"
#include "gate/respond.h"
#include "gate/respond_head.h"
#include "http/conditional.h"
#include "http/range.h"
#include "modules/static/static_settings.h"

enum { SMALL_FILE = GATE_SCRATCH / 2 }; /* is read at once, and leaves with the head in one write */

/* --- bytes --- */

/* False when the file has become shorter. */
static bool send_small(struct request *request, int fd, uint64_t offset, uint64_t n)
{
    char *scratch = request->conn->gate->scratch;
    size_t have = 0;
    assert(n <= SMALL_FILE); /* it fits */
    while (have < n) {
        ssize_t got = pread(fd, scratch + have, (size_t)n - have, (off_t)(offset + have));
        if (got <= 0) {
            request_log(request, LEVEL_ALERT, "a file was truncated while it was being sent");
            return false;
        }
        have += (size_t)got;
    }
    respond_data(request, (struct str){scratch, have});
    return true;
}

/* The only part of a body. Takes the descriptor over. */
static void ranges_send_body(struct request *request, int fd, uint64_t offset, uint64_t n)
{
    body_discard(request);
    respond_start(request);
    if (n > SMALL_FILE && !request->response.no_body) {
        respond_file(request, fd, offset, n, true);
        respond_finish(request);
        return;
    }
    bool sent = request->response.no_body || send_small(request, fd, offset, n);
    close(fd);
    if (sent) {
        respond_finish(request);
    } else {
        respond_break(request);
    }
}

/* The answer is the file itself, not an error's page made of it. */
static bool ranges_is_whole(const struct request *request)
{
    return request->walk.error_status == 0;
}

static void send_all(struct request *request, int fd, uint64_t size)
{
    if (request->response.accept_ranges && ranges_is_whole(request)) {
        headers_add_id(&request->response.headers, &request->arena, HEADER_ACCEPT_RANGES,
                       STR("bytes"));
    }
    ranges_send_body(request, fd, 0, size);
}

/* --- one range, several ranges, none --- */

static struct str content_range(struct request *request, const struct byte_range *range,
                                uint64_t size)
{
    assert(range->start < range->end && range->end <= size);
    return arena_printf(&request->arena, "bytes %llu-%llu/%llu", (unsigned long long)range->start,
                        (unsigned long long)range->end - 1, (unsigned long long)size);
}

static void send_one(struct request *request, int fd, const struct byte_range *range, uint64_t size)
{
    request->response.status = 206;
    request->response.length = (int64_t)(range->end - range->start);
    headers_add_id(&request->response.headers, &request->arena, HEADER_CONTENT_RANGE,
                   content_range(request, range, size));
    ranges_send_body(request, fd, range->start, range->end - range->start);
}

/* multipart/byteranges (RFC 9110, 14.6). */
struct multipart {
    struct str boundary;
    struct str *heads; /* what comes before each part */
    struct str tail;
    uint64_t length;
};

static void compose(struct request *request, const struct byte_range *ranges, size_t n,
                    uint64_t size, struct multipart *out)
{
    struct arena *arena = &request->arena;
    uint64_t number = 0;
    (void)RAND_bytes((unsigned char *)&number, sizeof(number));
    out->boundary = arena_printf(arena, "%020llu", (unsigned long long)number);
    out->tail = arena_printf(arena, "\r\n--%.*s--\r\n", STR_ARG(out->boundary));
    out->heads = arena_alloc(arena, n * sizeof(*out->heads));
    out->length = out->tail.n;
    struct str type = hooks_content_type(request);
    for (size_t i = 0; i < n; i++) {
        struct str range = content_range(request, &ranges[i], size);
        out->heads[i] = arena_printf(arena, "\r\n--%.*s\r\n%s%.*s%sContent-Range: %.*s\r\n\r\n",
                                     STR_ARG(out->boundary), type.n ? "Content-Type: " : "",
                                     STR_ARG(type), type.n ? "\r\n" : "", STR_ARG(range));
        out->length += out->heads[i].n + ranges[i].end - ranges[i].start;
    }
}

static void send_several(struct request *request, int fd, const struct byte_range *ranges, size_t n,
                         uint64_t size)
{
    struct multipart multipart;
    assert(n > 1); /* the last part closes the descriptor */
    compose(request, ranges, n, size, &multipart);
    request->response.status = 206;
    request->response.length = (int64_t)multipart.length;
    request->response.content_type = arena_printf(
        &request->arena, "multipart/byteranges; boundary=%.*s", STR_ARG(multipart.boundary));
    body_discard(request);
    respond_start(request);
    for (size_t i = 0; i < n; i++) {
        respond_data(request, multipart.heads[i]);
        /* The last part closes the descriptor. */
        respond_file(request, fd, ranges[i].start, ranges[i].end - ranges[i].start, i + 1 == n);
    }
    respond_data(request, multipart.tail);
    respond_finish(request);
}

/* RFC 9110, 15.5.17: 416 says how long the whole is. */
static void send_unsatisfiable(struct request *request, uint64_t size)
{
    request->response.headers = (struct headers){0};
    headers_add_id(&request->response.headers, &request->arena, HEADER_CONTENT_RANGE,
                   arena_printf(&request->arena, "bytes */%llu", (unsigned long long)size));
    respond_status(request, 416);
}

static enum range_result find_ranges(struct request *request, uint64_t size,
                                     struct byte_range **ranges, size_t *n)
{
    const struct response *response = &request->response;
    const struct headers *headers = &request->head.headers;
    const struct header *field = headers_find(headers, HEADER_RANGE);
    struct str etag;
    time_t last_modified;
    if (!field || !response->accept_ranges || !ranges_is_whole(request)) {
        return RANGE_IGNORE;
    }
    respond_validators(request, &etag, &last_modified);
    if (!conditional_range_allowed(headers, etag, last_modified)) {
        return RANGE_IGNORE;
    }
    uint64_t max = static_settings_of(request->walk.location)->max_ranges;
    assert(max > 0); /* else the response does not accept them */
    return range_parse(field->value, size, max > SIZE_MAX ? SIZE_MAX : (size_t)max, &request->arena,
                       ranges, n);
}

void ranges_send(struct request *request, int fd, uint64_t size)
{
    struct byte_range *ranges = NULL;
    size_t n = 0;
    switch (find_ranges(request, size, &ranges, &n)) {
    case RANGE_IGNORE: send_all(request, fd, size); break;
    case RANGE_UNSATISFIABLE:
        close(fd);
        send_unsatisfiable(request, size);
        break;
    case RANGE_OK:
        if (n == 1) {
            send_one(request, fd, &ranges[0], size);
        } else {
            send_several(request, fd, ranges, n, size);
        }
        break;
    }
}
