/* SPDX-License-Identifier: Apache-2.0 */
/* Request methods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/method.h"

static void names_are_found_in_their_case_only(void **state)
{
    assert_int_equal(method_of(STR("GET")), METHOD_GET);
    assert_int_equal(method_of(STR("PROPPATCH")), METHOD_PROPPATCH);
    assert_int_equal(method_of(STR("CONNECT")), METHOD_CONNECT);
    assert_int_equal(method_of(STR("Get")), METHOD_OTHER);
    assert_int_equal(method_of(STR("GETS")), METHOD_OTHER);
    assert_int_equal(method_of(STR("GE")), METHOD_OTHER);
    assert_int_equal(method_of(STR("")), METHOD_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_in_their_case_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
