/* SPDX-License-Identifier: Apache-2.0 */
/* Byte ranges, with the answers that nginx gave for a file of ten bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/range.h"

static struct arena arena;

static int teardown(void **state)
{
    arena_deinit(&arena);
    return 0;
}

static void ranges_are_read_as_nginx_does(void **state)
{
    static const struct {
        const char *value;
        enum range_result result;
        struct byte_range ranges[4];
    } cases[] = {
        {"bytes=0-", RANGE_OK, {{0, 10}}},
        {"bytes=0-0", RANGE_OK, {{0, 1}}},
        {"bytes=-1", RANGE_OK, {{9, 10}}},
        {"bytes=-100", RANGE_OK, {{0, 10}}},
        {"bytes=9-", RANGE_OK, {{9, 10}}},
        {"bytes=0-99999999", RANGE_OK, {{0, 10}}},
        {"Bytes= 1 - 2 , 3-4", RANGE_OK, {{1, 3}, {3, 5}}},
        {"bytes=20-30,1-2", RANGE_OK, {{1, 3}}},
        {"bytes=0-5,6-9", RANGE_OK, {{0, 6}, {6, 10}}},
        {"bytes=0-5,3-9", RANGE_IGNORE, {{0}}},
        {"bytes=0-0,1-1,2-2,3-3,4-4", RANGE_IGNORE, {{0}}},
        {"bytes=", RANGE_IGNORE, {{0}}},
        {"bytes =1-2", RANGE_IGNORE, {{0}}},
        {"items=1-2", RANGE_IGNORE, {{0}}},
        {"bytes=10-", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=-0", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=5-3", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=-", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=- 5", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=1", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=1-2,", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=,1-2", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=1-2x", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=1-2-3", RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=0-99999999999999999999", RANGE_UNSATISFIABLE, {{0}}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct byte_range *ranges;
        size_t n;
        enum range_result result = range_parse(str_of(cases[i].value), 10, 4, &arena, &ranges, &n);
        assert_int_equal(result, cases[i].result);
        for (size_t k = 0; result == RANGE_OK && k < n; k++) {
            assert_int_equal(ranges[k].start, cases[i].ranges[k].start);
            assert_int_equal(ranges[k].end, cases[i].ranges[k].end);
        }
        assert_true(result != RANGE_OK || n == 4 || cases[i].ranges[n].end == 0);
    }
}

static void limits_and_empty_bodies_answer_whole(void **state)
{
    struct byte_range *ranges;
    size_t n;
    assert_int_equal(range_parse(STR("bytes=0-1"), 10, 0, &arena, &ranges, &n), RANGE_IGNORE);
    assert_int_equal(range_parse(STR("bytes=0-"), 0, 4, &arena, &ranges, &n), RANGE_IGNORE);
    assert_int_equal(range_parse(STR("bytes=1-"), 0, 4, &arena, &ranges, &n), RANGE_UNSATISFIABLE);
    assert_int_equal(range_parse(STR("bytes=0-1"), UINT64_MAX, 1, &arena, &ranges, &n), RANGE_OK);
    assert_int_equal(ranges[0].end, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(ranges_are_read_as_nginx_does, teardown),
        cmocka_unit_test_teardown(limits_and_empty_bodies_answer_whole, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
