/* SPDX-License-Identifier: Apache-2.0 */
/* Chunked bodies: reading in pieces must give what reading at once gives. */
#include <assert.h>

#include "base/buf.h"
#include "http/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum chunked_step step;
    struct buf body;
    size_t taken;
    size_t trailers;
};

static struct outcome decode(struct str in, size_t piece, struct arena *arena)
{
    struct outcome out = {.step = CHUNKED_MORE};
    struct chunked chunked = {0};
    struct headers trailers = {0};
    size_t given = 0;
    while (out.step == CHUNKED_MORE && given < in.n) {
        given = in.n - given < piece ? in.n : given + piece;
        struct str view = {in.p + out.taken, given - out.taken};
        struct str data;
        do {
            out.step = chunked_decode(&chunked, &view, 256, arena, &trailers, &data);
            if (out.step == CHUNKED_DATA) {
                assert(data.n > 0);
                buf_append(&out.body, data);
            }
        } while (out.step == CHUNKED_DATA);
        out.taken = given - view.n;
    }
    out.trailers = trailers.n;
    for (size_t i = 0; i < trailers.n; i++) {
        assert(header_name_valid(trailers.items[i].name));
        assert(header_value_valid(trailers.items[i].value));
    }
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena, 0);
    struct str in = {(const char *)data + 1, size - 1};
    struct outcome whole = decode(in, size, &arena);
    struct outcome pieces = decode(in, (size_t)data[0] + 1, &arena);
    assert(whole.step == pieces.step);
    assert(str_eq(buf_view(&whole.body), buf_view(&pieces.body)));
    if (whole.step == CHUNKED_END) {
        assert(whole.taken == pieces.taken && whole.trailers == pieces.trailers);
    }
    buf_deinit(&whole.body);
    buf_deinit(&pieces.body);
    arena_deinit(&arena);
    return 0;
}
