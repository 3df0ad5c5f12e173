/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error_list.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>

#include "base/buf.h"

static void append(void *arg, const char *text)
{
    buf_printf(arg, "%s\n", text);
}

static void in_their_order_and_once(void **state)
{
    struct errors errors;
    struct error err;
    struct buf said = {0};
    errors_init(&errors);
    (void)error_set(&err, "b");
    assert_true(errors_add(&errors, &err));
    (void)error_set(&err, "a");
    assert_true(errors_add(&errors, &err));
    assert_false(errors_add(&errors, &err));
    (void)error_set(&err, "b");
    assert_false(errors_add(&errors, &err));
    errors_each(&errors, append, &said);
    assert_true(str_eq(buf_view(&said), STR("b\na\n")));
    buf_deinit(&said);
    errors_deinit(&errors);
}

static void too_many(void **state)
{
    struct errors errors;
    struct error err;
    struct buf said = {0};
    errors_init(&errors);
    for (int i = 0; i < ERRORS_MAX + 3; i++) {
        (void)error_set(&err, "error %d", i);
        assert_true(errors_add(&errors, &err));
    }
    assert_int_equal(errors.n, ERRORS_MAX);
    errors_each(&errors, append, &said);
    assert_true(str_ends(buf_view(&said), STR("and 3 more errors\n")));
    buf_deinit(&said);
    errors_deinit(&errors);
}

static void none(void **state)
{
    struct errors errors;
    struct buf said = {0};
    errors_init(&errors);
    errors_each(&errors, append, &said);
    assert_int_equal(buf_size(&said), 0);
    errors_deinit(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_their_order_and_once),
        cmocka_unit_test(too_many),
        cmocka_unit_test(none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
