/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of HTTP/2: any fields. The input is NAME NUL NUL VALUE NUL NUL and so on, so that names and
 * values may hold every byte and a single NUL. What is accepted is one whole head to the parser of
 * HTTP/1, with one Host, and no field that was not sent. Its parts give the same head as its text,
 * or the same refusal.
 */
#include <assert.h>

#include "../unit/http/head_text.h"
#include "http/h2_head.h"
#include "http/request_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS_MAX = 64 };

static const struct str KEY = STR_INIT("AAAAAAAAAAAAAAAAAAAAAA==");

static const struct head_limits limits = {
    .line_max = 1 << 20, .total_max = 1 << 20, .fields_max = 1000};
static const struct head_options options = {.ignore_invalid_headers = false,
                                            .underscores_in_headers = true};

static struct str next_string(struct str *in)
{
    size_t n = str_search(*in, STR("\0\0"));
    struct str taken = str_head(*in, n);
    *in = str_skip(*in, n + 2 < in->n ? n + 2 : in->n);
    return taken;
}

static void check_lines(struct str text)
{
    assert(str_ends(text, STR("\r\n\r\n")));
    for (size_t i = 0; i < text.n; i++) {
        assert(text.p[i] != '\r' || text.p[i + 1] == '\n');
        assert(text.p[i] != '\n' || (i > 0 && text.p[i - 1] == '\r'));
        assert(text.p[i] != '\0');
    }
}

static bool was_sent(const struct headers *sent, const struct header *got)
{
    if (got->id == HEADER_HOST || got->id == HEADER_COOKIE) {
        return true; /* made from others */
    }
    for (size_t i = 0; i < sent->n; i++) {
        if (str_eq(sent->items[i].name, got->name) && str_eq(sent->items[i].value, got->value)) {
            return true;
        }
    }
    return false;
}

/* What an extended CONNECT adds. */
static bool is_of_upgrade(const struct header *got, struct str protocol)
{
    return (got->id == HEADER_UPGRADE && str_eq(got->value, protocol)) ||
           (got->id == HEADER_CONNECTION && str_eq(got->value, STR("upgrade"))) ||
           (str_eq(got->name, STR("sec-websocket-key")) && str_eq(got->value, KEY));
}

static void check_smuggled(const struct headers *sent, const struct request_head *head,
                           struct str protocol)
{
    size_t hosts = 0, cookies = 0, added = 0;
    assert(head->headers.n <= sent->n && head->minor == 1);
    for (size_t i = 0; i < head->headers.n; i++) {
        const struct header *got = &head->headers.items[i];
        if (protocol.n && is_of_upgrade(got, protocol)) {
            added++;
            continue;
        }
        assert(was_sent(sent, got));
        assert(!protocol.n || got->id != HEADER_CONTENT_LENGTH);
        assert(got->id != HEADER_TRANSFER_ENCODING && got->id != HEADER_CONNECTION &&
               got->id != HEADER_UPGRADE);
        hosts += got->id == HEADER_HOST;
        cookies += got->id == HEADER_COOKIE;
    }
    assert(hosts == 1 && cookies <= 1 && added == (protocol.n ? 3 : 0));
    assert(!protocol.n || head->method == METHOD_GET);
}

static void check_accepted(const struct headers *sent, const struct h2_head *read,
                           struct arena *arena)
{
    static const struct head_limits tight = {.line_max = 40, .total_max = 100, .fields_max = 4};
    static const struct head_options usual = {.ignore_invalid_headers = true};
    struct request_head head;
    int status;
    check_lines(head_text(&read->parts, arena));
    assert(head_ways_agree(&read->parts, &tight, &usual, arena, &head, &status));
    assert(head_ways_agree(&read->parts, &limits, &options, arena, &head, &status));
    assert(status == 0 || status >= 400);
    if (status == 0) {
        check_smuggled(sent, &head, read->protocol);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    struct h2_head head;
    struct headers fields = {0};
    struct arena arena;
    struct error err;
    arena_init(&arena, 0);
    while (in.n && fields.n < FIELDS_MAX) {
        struct str name = next_string(&in);
        headers_add(&fields, &arena, name, next_string(&in));
    }
    if (h2_head_read(&fields, KEY, &arena, &head, &err)) {
        assert(str_search(head.line, STR("\n")) == head.line.n);
        check_accepted(&fields, &head, &arena);
    } else {
        assert(err.text[0]);
    }
    arena_deinit(&arena);
    return 0;
}
