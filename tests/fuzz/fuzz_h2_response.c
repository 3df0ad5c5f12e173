/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of HTTP/2 responses: any fields, as NAME NUL NUL VALUE NUL NUL and so on. What is accepted
 * can be written to an HTTP/1 client field by field, and says how its body is framed.
 */
#include <assert.h>

#include "http/h2_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS_MAX = 64 };

static struct str next_string(struct str *in)
{
    size_t n = str_search(*in, STR("\0\0"));
    struct str taken = str_head(*in, n);
    *in = str_skip(*in, n + 2 < in->n ? n + 2 : in->n);
    return taken;
}

static void check_head(const struct response_head *head)
{
    assert(head->status >= 100 && head->status <= 999 && head->status != 101);
    for (size_t i = 0; i < head->headers.n; i++) {
        const struct header *got = &head->headers.items[i];
        assert(header_name_valid(got->name) && header_value_valid(got->value));
        assert(got->id != HEADER_TRANSFER_ENCODING && got->id != HEADER_CONNECTION &&
               got->id != HEADER_UPGRADE);
    }
}

static void check_framing(const struct response_head *head, bool ended)
{
    struct framing framing;
    const char *reason = NULL;
    if (h2_response_framing(head, METHOD_GET, ended, &framing, &reason)) {
        assert(framing.kind != BODY_UNTIL_CLOSE && framing.keep_alive);
        assert(!ended || framing.kind == BODY_NONE || framing.length == 0);
    } else {
        assert(reason);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    struct headers fields = {0};
    struct response_head head;
    struct arena arena;
    const char *reason = NULL;
    arena_init(&arena, 0);
    while (in.n && fields.n < FIELDS_MAX) {
        struct str name = next_string(&in);
        headers_add(&fields, &arena, name, next_string(&in));
    }
    if (h2_response_head(&fields, &head, &reason)) {
        check_head(&head);
        check_framing(&head, true);
        check_framing(&head, false);
    } else {
        assert(reason);
    }
    arena_deinit(&arena);
    return 0;
}
