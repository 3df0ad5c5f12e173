/* SPDX-License-Identifier: Apache-2.0 */
/* Chunked bodies, read whole and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "http/chunked.h"

enum { TRAILER_MAX = 32 };

static struct arena arena;

struct outcome {
    enum chunked_step step;
    struct buf body;
    struct headers trailers;
    size_t left; /* bytes not taken */
};

/* Hands over at most `piece` new bytes at a time, and again those that were not taken. */
static struct outcome decode(struct str in, size_t piece)
{
    struct outcome out = {.step = CHUNKED_MORE};
    struct chunked chunked = {0};
    size_t taken = 0;
    size_t given = 0;
    while (out.step == CHUNKED_MORE && given < in.n) {
        given = in.n - given < piece ? in.n : given + piece;
        struct str view = {in.p + taken, given - taken};
        struct str data;
        do {
            out.step = chunked_decode(&chunked, &view, TRAILER_MAX, &arena, &out.trailers, &data);
            if (out.step == CHUNKED_DATA) {
                assert_true(data.n > 0);
                buf_append(&out.body, data);
            }
        } while (out.step == CHUNKED_DATA);
        taken = given - view.n;
    }
    out.left = in.n - taken;
    return out;
}

static void accept(const char *in, const char *body, size_t trailers, size_t left)
{
    static const size_t pieces[] = {1, 2, 3, 7, 10000};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct outcome out = decode(str_of(in), pieces[i]);
        assert_int_equal(out.step, CHUNKED_END);
        assert_true(str_eq(buf_view(&out.body), str_of(body)));
        assert_int_equal(out.trailers.n, trailers);
        if (pieces[i] > strlen(in)) {
            assert_int_equal(out.left, left);
        }
        buf_deinit(&out.body);
    }
}

static void bodies_are_decoded(void **state)
{
    accept("0\r\n\r\n", "", 0, 0);
    accept("5\r\nhello\r\n0\r\n\r\n", "hello", 0, 0);
    accept("5\r\nhello\r\n00a\r\n, world!!!\r\n000\r\n\r\nGET /", "hello, world!!!", 0, 5);
    accept("1;a=\"b;c\"\r\nx\r\nA\r\n0123456789\r\n0;z\r\n\r\n", "x0123456789", 0, 0);
    accept("000000000000001\r\nx\r\n0\r\n\r\n", "x", 0, 0);
}

static void trailers_are_copied(void **state)
{
    accept("0\r\nX-Sum: 1\r\n\r\nrest", "", 1, 4);
    accept("0\r\nX-Sum: 1\r\nY:\t2 \r\n\r\n", "", 2, 0);
    struct outcome out = decode(STR("0\r\nX-Sum:  1 \r\n\r\n"), 1);
    assert_true(str_eq(out.trailers.items[0].name, STR("X-Sum")));
    assert_true(str_eq(out.trailers.items[0].value, STR("1")));
    /* These would change a message that is already under way. */
    accept("0\r\nContent-Length: 5\r\n\r\n", "", 0, 0);
    accept("0\r\nHost: a\r\n\r\n", "", 0, 0);
    accept("0\r\nX_Sum: 1\r\n\r\n", "", 0, 0);
    /* 32 bytes and the empty line, then one more. */
    accept("0\r\nA: 78901234567890123456789\r\nB:\r\n\r\n", "", 2, 0);
    out = decode(STR("0\r\nA: 789012345678901234567890\r\nB:\r\n\r\n"), 1000);
    assert_int_equal(out.step, CHUNKED_BAD);
    out = decode(STR("0\r\nA: 7890123456789012345678901234567890"), 1);
    assert_int_equal(out.step, CHUNKED_BAD);
}

static void malformed_bodies_are_refused(void **state)
{
    static const struct str cases[] = {
        STR_INIT("\r\n"),
        STR_INIT(" 5\r\nhello\r\n"),
        STR_INIT("5 \r\nhello\r\n"),
        STR_INIT("5\t;a\r\nhello\r\n"),
        STR_INIT("+5\r\nhello\r\n"),
        STR_INIT("-5\r\nhello\r\n"),
        STR_INIT("0x5\r\nhello\r\n"),
        STR_INIT("g\r\n"),
        STR_INIT(";a\r\n"),
        STR_INIT("5\nhello\r\n"),
        STR_INIT("5\r\r\nhello\r\n"),
        STR_INIT("5\rhello"),
        STR_INIT("5;a\nhello\r\n"),
        STR_INIT("5;a\0\r\nhello\r\n"),
        STR_INIT("5\r\nhello!"),
        STR_INIT("5\r\nhello\n"),
        STR_INIT("5\r\nhello\rx"),
        STR_INIT("5\r\nhello\r\n\r\n"),
        STR_INIT("0000000000000001\r\nx"),
        STR_INIT("1000000000000000\r\n"),
        STR_INIT("0\r\nA : b\r\n\r\n"),
        STR_INIT("0\r\nA\r\n\r\n"),
        STR_INIT("0\r\n A: b\r\n\r\n"),
        STR_INIT("0\r\nA: b\n\r\n"),
        STR_INIT("0\r\nA: b\rc\r\n\r\n"),
        STR_INIT("0\r\nA: \0\r\n\r\n"),
        STR_INIT("0\r\n\n"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t piece = 1; piece < 40; piece += 19) {
            struct outcome out = decode(cases[i], piece);
            assert_int_equal(out.step, CHUNKED_BAD);
            buf_deinit(&out.body);
        }
    }
}

static void a_bad_body_stays_bad_and_an_ended_one_ended(void **state)
{
    struct chunked chunked = {0};
    struct headers trailers = {0};
    struct str data;
    struct str in = STR("x");
    assert_int_equal(chunked_decode(&chunked, &in, 0, &arena, &trailers, &data), CHUNKED_BAD);
    in = STR("0\r\n\r\n");
    assert_int_equal(chunked_decode(&chunked, &in, 0, &arena, &trailers, &data), CHUNKED_BAD);
    chunked = (struct chunked){0};
    assert_int_equal(chunked_decode(&chunked, &in, 0, &arena, &trailers, &data), CHUNKED_END);
    in = STR("5\r\n");
    assert_int_equal(chunked_decode(&chunked, &in, 0, &arena, &trailers, &data), CHUNKED_END);
    assert_int_equal(in.n, 3);
}

static void extensions_are_bounded(void **state)
{
    for (size_t n = 4095; n <= 4096; n++) {
        struct buf in = {0};
        buf_append(&in, STR("1;"));
        for (size_t i = 0; i < n; i++) {
            buf_byte(&in, 'a');
        }
        buf_append(&in, STR("\r\nx\r\n1;b\r\nx\r\n0\r\n\r\n"));
        struct outcome out = decode(buf_view(&in), 1000);
        assert_int_equal(out.step, n == 4095 ? CHUNKED_END : CHUNKED_BAD);
        buf_deinit(&in);
        buf_deinit(&out.body);
    }
}

static void chunk_heads_are_written(void **state)
{
    char out[CHUNK_HEAD_MAX];
    assert_true(str_eq((struct str){out, chunk_head(1, out)}, STR("1\r\n")));
    assert_true(str_eq((struct str){out, chunk_head(0x10, out)}, STR("10\r\n")));
    assert_true(str_eq((struct str){out, chunk_head(0xfedc, out)}, STR("fedc\r\n")));
    assert_true(
        str_eq((struct str){out, chunk_head(UINT64_MAX, out)}, STR("ffffffffffffffff\r\n")));
}

static int teardown(void **state)
{
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(bodies_are_decoded, teardown),
        cmocka_unit_test_teardown(trailers_are_copied, teardown),
        cmocka_unit_test_teardown(malformed_bodies_are_refused, teardown),
        cmocka_unit_test_teardown(a_bad_body_stays_bad_and_an_ended_one_ended, teardown),
        cmocka_unit_test_teardown(extensions_are_bounded, teardown),
        cmocka_unit_test(chunk_heads_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
