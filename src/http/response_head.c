/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1 response: parsed from a backend (RFC 9112, 4). */
#include "http/response_head.h"

#include <assert.h>

#include "http/field_line.h"

static const char no_header[] = "upstream sent no valid HTTP/1.0 header";
static const char invalid_header[] = "upstream sent invalid header";
static const char too_big[] =
    "upstream sent too big header while reading response header from upstream";

static enum scan response_head_scan_bad(struct head_scan *scan, const char *reason)
{
    scan->status = 502;
    scan->reason = reason;
    return SCAN_BAD;
}

/* Whether the line that ends in the LF at `at` is empty. */
static bool line_is_empty(const struct head_scan *scan, struct str in, size_t at)
{
    size_t n = at - scan->line;
    return n == 0 || (n == 1 && in.p[scan->line] == '\r');
}

/* A LF was found at scan->pos. */
static enum scan response_head_line_end(struct head_scan *scan, struct str in, size_t max)
{
    assert(scan->line <= scan->pos && scan->pos < in.n);
    bool is_empty = line_is_empty(scan, in, scan->pos);
    scan->pos++;
    scan->line = scan->pos;
    if (scan->pos > max) {
        return response_head_scan_bad(scan, too_big);
    }
    if (scan->lines++ > 0 && is_empty) {
        scan->head_n = scan->pos;
        return SCAN_DONE;
    }
    return SCAN_MORE;
}

enum scan response_head_scan(struct head_scan *scan, struct str in, size_t max)
{
    if (!str_starts(STR("HTTP/"), str_head(in, 5))) {
        return response_head_scan_bad(scan, no_header);
    }
    for (;;) {
        scan->pos = control_find(in, scan->pos);
        if (scan->pos == in.n || (in.p[scan->pos] == '\r' && scan->pos + 1 == in.n)) {
            break;
        }
        char c = in.p[scan->pos];
        if (c == '\0' || (c == '\r' && in.p[scan->pos + 1] != '\n')) {
            return response_head_scan_bad(scan, invalid_header);
        }
        if (c != '\n') {
            scan->pos++;
            continue;
        }
        enum scan result = response_head_line_end(scan, in, max);
        if (result != SCAN_MORE) {
            return result;
        }
    }
    return in.n >= max ? response_head_scan_bad(scan, too_big) : SCAN_MORE;
}

/* RFC 9112, 4: HTTP-version SP 3DIGIT SP [ reason-phrase ]; the last SP is often forgotten. */
static bool status_line_parse(struct str line, struct response_head *out)
{
    if (line.n < 12 || memcmp(line.p, "HTTP/1.", 7) != 0 || !char_is_digit(line.p[7]) ||
        line.p[8] != ' ' || (line.n > 12 && line.p[12] != ' ')) {
        return false;
    }
    uint64_t status;
    if (!str_to_u64((struct str){line.p + 9, 3}, 999, &status) || status < 100) {
        return false;
    }
    out->minor = line.p[7] - '0';
    out->status = (int)status;
    out->reason = str_skip(line, 13);
    return true;
}

bool response_head_parse(struct str head, struct arena *arena, struct response_head *out,
                         const char **reason)
{
    struct str line;
    *out = (struct response_head){0};
    if (!line_take(&head, &line) || !status_line_parse(line, out)) {
        *reason = no_header;
        return false;
    }
    while (line_take(&head, &line) && line.n) {
        struct str name;
        struct str value;
        enum field_line kind = field_line_parse(line, &name, &value);
        if (kind == FIELD_MALFORMED) {
            *reason = invalid_header;
            return false;
        }
        /* A name that is no token cannot be passed on to a strict client. */
        if (kind != FIELD_NO_TOKEN) {
            headers_add(&out->headers, arena, name, value);
        }
    }
    return true;
}
