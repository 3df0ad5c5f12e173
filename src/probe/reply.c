/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/reply.h"

#include "base/vec.h"
#include "http/chunked.h"
#include "http/response_head.h"

enum { HEAD_MAX = 65536 };

static bool reply_is_interim(int status)
{
    return status / 100 == 1 && status != 101;
}

static bool reply_has_body(int status, bool head)
{
    return !head && status / 100 != 1 && status != 204 && status != 304;
}

/* All chunks, or those that came. False: there are more to come. */
static bool take_chunks(struct str *in, bool ended, struct arena *arena, struct str *out)
{
    struct chunked chunked = {0};
    struct headers trailers = {0};
    struct str *parts = NULL;
    struct str data;
    size_t n = 0;
    enum chunked_step step;
    while ((step = chunked_decode(&chunked, in, HEAD_MAX, arena, &trailers, &data)) ==
           CHUNKED_DATA) {
        *(struct str *)vec_push(arena, &parts, &n, sizeof(*parts)) = data;
    }
    *out = arena_join(arena, parts, n, STR(""));
    return step != CHUNKED_MORE || ended;
}

static bool reply_body(const struct headers *headers, struct str *in, bool ended,
                       struct arena *arena, struct str *out)
{
    uint64_t length = 0;
    const struct header *coding = headers_find(headers, HEADER_TRANSFER_ENCODING);
    const struct header *field = headers_find(headers, HEADER_CONTENT_LENGTH);
    if (coding) {
        return take_chunks(in, ended, arena, out);
    }
    if (!field || !str_to_u64(field->value, UINT32_MAX, &length)) {
        *out = *in;
        in->n = 0;
        return ended;
    }
    *out = str_head(*in, (size_t)length);
    *in = str_skip(*in, (size_t)length);
    return out->n == length || ended;
}

bool reply_take(struct str *in, bool head, bool ended, struct arena *arena, struct reply *out)
{
    struct response_head response;
    const char *reason;
    struct str rest = *in;
    *out = (struct reply){0};
    do {
        struct head_scan scan = {0};
        enum scan found = response_head_scan(&scan, rest, HEAD_MAX);
        if (found != SCAN_DONE) {
            return ended || found != SCAN_MORE;
        }
        if (!response_head_parse(str_head(rest, scan.head_n), arena, &response, &reason)) {
            return true;
        }
        rest = str_skip(rest, scan.head_n);
    } while (reply_is_interim(response.status));
    struct str body = STR("");
    bool whole = !reply_has_body(response.status, head) ||
                 reply_body(&response.headers, &rest, ended, arena, &body);
    if (whole) {
        *out = (struct reply){response.status, str_head(body, REPLY_BODY_MAX)};
        *in = rest;
    }
    return whole;
}
