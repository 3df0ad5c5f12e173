/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/strmap.h"

static void what_was_put_is_found_and_nothing_else(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    struct strmap map = {0};
    assert_null(strmap_get(&map, STR("0")));
    static int values[500];
    for (int i = 0; i < 500; i++) {
        assert_null(strmap_put(&map, &arena, arena_printf(&arena, "key%d", i), &values[i]));
    }
    for (int i = 0; i < 500; i++) {
        assert_ptr_equal(strmap_get(&map, arena_printf(&arena, "key%d", i)), &values[i]);
        assert_null(strmap_get(&map, arena_printf(&arena, "KEY%d", i)));
    }
    assert_null(strmap_get(&map, STR("key500")));
    assert_ptr_equal(strmap_put(&map, &arena, STR("key7"), &values[8]), &values[7]);
    assert_ptr_equal(strmap_get(&map, STR("key7")), &values[8]);
    assert_int_equal(map.n, 500);
    arena_deinit(&arena);
}

static void case_may_be_ignored(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    struct strmap map = {.ignore_case = true};
    int value;
    strmap_put(&map, &arena, STR("Host"), &value);
    assert_ptr_equal(strmap_get(&map, STR("hOST")), &value);
    assert_null(strmap_get(&map, STR("hos")));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_and_nothing_else),
        cmocka_unit_test(case_may_be_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
