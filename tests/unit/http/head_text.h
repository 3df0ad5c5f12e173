/* SPDX-License-Identifier: Apache-2.0 */
/* A head in parts as the text of HTTP/1.1, and whether both ways to judge it agree. */
#ifndef TEST_HTTP_HEAD_TEXT_H
#define TEST_HTTP_HEAD_TEXT_H

#include <string.h>

#include "http/h2_head.h"
#include "http/request_head.h"

static inline struct str head_text(const struct head_parts *parts, struct arena *arena)
{
    static const struct str BLANK = STR_INIT(" "), END = STR_INIT(" HTTP/1.1\r\n");
    size_t n = parts->method.n + BLANK.n + parts->target.n + END.n + headers_size(&parts->fields);
    char *start = arena_bytes(arena, n), *p = start;
    p = str_put(p, parts->method);
    p = str_put(p, BLANK);
    p = str_put(p, parts->target);
    p = str_put(p, END);
    return str_range(start, headers_put(p, &parts->fields));
}

static inline bool head_text_parse(struct str text, const struct head_limits *limits,
                                   const struct head_options *options, struct arena *arena,
                                   struct request_head *out, int *status, const char **reason)
{
    struct head_scan scan = {0};
    *out = (struct request_head){0};
    if (request_head_scan(&scan, text, limits) != SCAN_DONE) {
        *status = scan.status;
        *reason = scan.reason;
        return false;
    }
    /* It is one whole head. */
    if (scan.head_n != text.n || scan.skipped != 0) {
        *status = 0;
        *reason = "there is more than one head";
        return false;
    }
    return request_head_parse(text, options, arena, out, status, reason);
}

static inline bool head_fields_agree(const struct headers *a, const struct headers *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        const struct header *x = &a->items[i], *y = &b->items[i];
        if (x->id != y->id || !str_eq(x->name, y->name) || !str_eq(x->value, y->value)) {
            return false;
        }
    }
    return a->n == b->n;
}

/* `line` apart: only a text has one. */
static inline bool heads_agree(const struct request_head *a, const struct request_head *b)
{
    return a->method == b->method && str_eq(a->method_name, b->method_name) &&
           str_eq(a->target, b->target) && a->form == b->form &&
           str_eq(a->authority, b->authority) && a->has_host == b->has_host &&
           str_eq(a->host, b->host) && head_fields_agree(&a->headers, &b->headers);
}

/*
 * Whether the parts and their text give the same head, or the same refusal. *out is the head;
 * *status is not 0 if it was refused.
 */
static inline bool head_ways_agree(const struct head_parts *parts, const struct head_limits *limits,
                                   const struct head_options *options, struct arena *arena,
                                   struct request_head *out, int *status)
{
    struct request_head parsed;
    int parsed_status = 0;
    const char *reason = "", *parsed_reason = "";
    *status = 0;
    bool ok = request_head_take(parts, limits, options, arena, out, status, &reason);
    bool is_text_ok = head_text_parse(head_text(parts, arena), limits, options, arena, &parsed,
                                      &parsed_status, &parsed_reason);
    return ok == is_text_ok && *status == parsed_status && strcmp(reason, parsed_reason) == 0 &&
           (!ok || out->minor == parsed.minor) && heads_agree(out, &parsed);
}

#endif
