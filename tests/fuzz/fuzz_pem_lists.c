/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as PEM: pieces give what the whole gives. */
#include <assert.h>

#include "base/buf.h"
#include "pki/pem_lists.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    struct str rest;
    size_t piece;
};

static bool input_read(void *arg, unsigned char *out, size_t cap, size_t *n, struct error *err)
{
    struct input *input = arg;
    (void)err;
    *n = input->rest.n < cap ? input->rest.n : cap;
    *n = *n < input->piece ? *n : input->piece;
    if (*n) {
        memcpy(out, input->rest.p, *n);
    }
    input->rest = str_skip(input->rest, *n);
    return true;
}

static bool decode(struct str file, size_t piece, size_t cap, struct buf *out, size_t *first)
{
    struct input input = {file, piece};
    const struct byte_source source = {input_read, &input};
    struct error err = {""};
    struct pem_lists lists;
    pem_lists_init(&lists, &source);
    bool more = true;
    bool ok = true;
    *first = SIZE_MAX;
    while (ok && (ok = pem_lists_next(&lists, &more, &err)) && more) {
        struct byte_source block = pem_lists_block(&lists);
        size_t n = 1;
        while (n) {
            unsigned char *to = (unsigned char *)buf_reserve(out, cap);
            if (!(ok = block.read(block.arg, to, cap, &n, &err))) {
                break;
            }
            assert(n <= cap);
            buf_grew(out, n);
        }
        *first = *first == SIZE_MAX ? buf_size(out) : *first;
    }
    assert(ok == !err.text[0]);
    pem_lists_deinit(&lists);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct str file = {(const char *)data + 2, size - 2};
    struct buf whole = {0}, pieces = {0};
    size_t first, again;
    bool ok = decode(file, SIZE_MAX, 4096, &whole, &first);
    bool same = decode(file, (size_t)data[0] + 1, (size_t)data[1] + 1, &pieces, &again);
    assert(ok == same);
    assert(!ok || (first == again && str_eq(buf_view(&whole), buf_view(&pieces))));
    buf_deinit(&whole);
    buf_deinit(&pieces);
    return 0;
}
