/* SPDX-License-Identifier: Apache-2.0 */
/* Request heads: any bytes, in one piece and in two; what is accepted keeps the promises made. */
#include <assert.h>

#include "http/framing.h"
#include "http/request_head.h"
#include "http/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct head_limits limits = {.line_max = 1024, .total_max = 4096, .fields_max = 32};

static void check_fields(const struct request_head *head)
{
    size_t hosts = 0;
    for (size_t i = 0; i < head->headers.n; i++) {
        const struct header *header = &head->headers.items[i];
        assert(header_name_valid(header->name));
        assert(header_value_valid(header->value));
        assert(header->id == header_id_of(header->name));
        hosts += header->id == HEADER_HOST;
    }
    assert(hosts <= 1 && (hosts == 1 || head->minor == 0));
}

static void check_head(const struct request_head *head, struct arena *arena)
{
    check_fields(head);
    struct framing framing;
    struct uri uri;
    struct str host;
    int status;
    const char *reason;
    if (framing_of_request(head, &framing, &status, &reason)) {
        assert(framing.kind != BODY_UNTIL_CLOSE);
        assert((framing.kind == BODY_CHUNKED) ==
               (headers_find(&head->headers, HEADER_TRANSFER_ENCODING) != NULL));
    }
    assert(!head->has_host || host_normalize(head->host, arena, &host));
    if (head->form != TARGET_ASTERISK && uri_parse(head->target, true, arena, &uri)) {
        assert(uri.path.p[0] == '/');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const struct head_options options = {data[0] & 1, data[0] & 2};
    struct str in = {(const char *)data + 2, size - 2};
    struct head_scan whole = {0};
    struct head_scan halves = {0};
    enum scan result = request_head_scan(&whole, in, &limits);
    enum scan second = request_head_scan(&halves, str_head(in, data[1]), &limits);
    if (second == SCAN_MORE) {
        second = request_head_scan(&halves, in, &limits);
    }
    assert(second == result && halves.status == whole.status);
    if (result != SCAN_DONE) {
        return 0;
    }
    assert(halves.head_n == whole.head_n && halves.skipped == whole.skipped);
    struct arena arena;
    arena_init(&arena, 0);
    struct str text = str_head(str_skip(in, whole.skipped), whole.head_n);
    struct request_head head;
    int status = 0;
    const char *reason = NULL;
    if (request_head_parse(text, &options, &arena, &head, &status, &reason)) {
        check_head(&head, &arena);
    } else {
        assert(status >= 400 && reason);
    }
    arena_deinit(&arena);
    return 0;
}
