/* SPDX-License-Identifier: Apache-2.0 */
/* Response heads: any bytes, in one piece and in two; what is accepted keeps the promises made. */
#include <assert.h>

#include "http/framing.h"
#include "http/response_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_head(const struct response_head *head, enum method method)
{
    assert(head->status >= 100 && head->status <= 999);
    for (size_t i = 0; i < head->headers.n; i++) {
        assert(header_name_valid(head->headers.items[i].name));
        assert(header_value_valid(head->headers.items[i].value));
    }
    struct framing framing;
    const char *reason = NULL;
    if (framing_of_response(head, method, &framing, &reason)) {
        assert(framing.kind != BODY_UNTIL_CLOSE || !framing.keep_alive);
        assert(framing.kind == BODY_NONE || method != METHOD_HEAD);
    } else {
        assert(reason);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct str in = {(const char *)data + 2, size - 2};
    struct head_scan whole = {0};
    struct head_scan halves = {0};
    enum scan result = response_head_scan(&whole, in, 2048);
    enum scan second = response_head_scan(&halves, str_head(in, data[1]), 2048);
    if (second == SCAN_MORE) {
        second = response_head_scan(&halves, in, 2048);
    }
    assert(second == result);
    if (result != SCAN_DONE) {
        return 0;
    }
    assert(halves.head_n == whole.head_n);
    struct arena arena;
    arena_init(&arena, 0);
    struct response_head head;
    const char *reason = NULL;
    if (response_head_parse(str_head(in, whole.head_n), &arena, &head, &reason)) {
        check_head(&head, data[0] & 1 ? METHOD_HEAD : METHOD_GET);
    } else {
        assert(reason);
    }
    arena_deinit(&arena);
    return 0;
}
