/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

static void views_compare_with_and_without_case(void **state)
{
    (void)state;
    assert_true(str_eq(STR("abc"), STR("abc")));
    assert_false(str_eq(STR("abc"), STR("abC")));
    assert_false(str_eq(STR("abc"), STR("ab")));
    assert_true(str_ieq(STR("aBc"), STR("AbC")));
    assert_false(str_ieq(STR("abc"), STR("abd")));
    assert_true(str_eq((struct str){NULL, 0}, STR("")));
    /* '@' and '`', '[' and '{' differ by the case bit but are no letters. */
    assert_false(str_ieq(STR("@["), STR("`{")));
}

static void prefixes_and_suffixes(void **state)
{
    (void)state;
    assert_true(str_starts(STR("/a/b"), STR("/a")));
    assert_false(str_starts(STR("/a"), STR("/a/b")));
    assert_true(str_ends(STR("a.pem"), STR(".pem")));
    assert_false(str_ends(STR("pem"), STR(".pem")));
    assert_true(str_istarts(STR("UNIX:/x"), STR("unix:")));
    assert_false(str_istarts(STR("unit:/x"), STR("unix:")));
}

static void finding(void **state)
{
    (void)state;
    assert_int_equal(str_find(STR("a:b:c"), ':'), 1);
    assert_int_equal(str_rfind(STR("a:b:c"), ':'), 3);
    assert_int_equal(str_find(STR("abc"), ':'), 3);
    assert_int_equal(str_rfind(STR(""), ':'), 0);
    assert_int_equal(str_search(STR("one two"), STR("two")), 4);
    assert_int_equal(str_search(STR("one two"), STR("three")), 7);
    assert_int_equal(str_search(STR("x"), STR("")), 0);
}

static void cutting_never_leaves_the_view(void **state)
{
    (void)state;
    assert_true(str_eq(str_skip(STR("abc"), 1), STR("bc")));
    assert_int_equal(str_skip(STR("abc"), 9).n, 0);
    assert_true(str_eq(str_head(STR("abc"), 2), STR("ab")));
    assert_true(str_eq(str_head(STR("abc"), 9), STR("abc")));
    assert_true(str_eq(str_trim(STR(" \t a b\t ")), STR("a b")));
    assert_int_equal(str_trim(STR(" \t ")).n, 0);
}

static void splitting_takes_parts_off(void **state)
{
    (void)state;
    struct str rest = STR("a,,b");
    assert_true(str_eq(str_split(&rest, ','), STR("a")));
    assert_true(str_eq(str_split(&rest, ','), STR("")));
    assert_true(str_eq(str_split(&rest, ','), STR("b")));
    assert_int_equal(rest.n, 0);
}

static void numbers_are_digits_only_and_bounded(void **state)
{
    (void)state;
    uint64_t n = 7;
    assert_true(str_to_u64(STR("0"), 10, &n));
    assert_int_equal(n, 0);
    assert_true(str_to_u64(STR("65535"), 65535, &n));
    assert_int_equal(n, 65535);
    assert_false(str_to_u64(STR("65536"), 65535, &n));
    assert_true(str_to_u64(STR("18446744073709551615"), UINT64_MAX, &n));
    assert_true(n == UINT64_MAX);
    assert_false(str_to_u64(STR("18446744073709551616"), UINT64_MAX, &n));
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1a"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(str_to_u64(str_of(bad[i]), UINT64_MAX, &n));
    }
    assert_false(str_to_u64(STR("9"), 3, &n));
}

static void bytes_become_hexadecimal_digits(void **state)
{
    char out[8];
    assert_ptr_equal(hex_put(out, STR(""), true), out);
    char *end = hex_put(out, STR("\0\x7f\xfa"), false);
    assert_true(str_eq(str_range(out, end), STR("007ffa")));
    end = hex_put(out, STR("\x80\xAB"), true);
    assert_true(str_eq(str_range(out, end), STR("80AB")));
}

static void hashes_follow_equality(void **state)
{
    (void)state;
    assert_int_equal(str_hash(STR("a.b")), str_hash(STR("a.b")));
    assert_int_not_equal(str_hash(STR("a.b")), str_hash(STR("a.B")));
    assert_int_equal(str_ihash(STR("a.b")), str_ihash(STR("A.B")));
    assert_int_equal(char_hex('f'), 15);
    assert_int_equal(char_hex('F'), 15);
    assert_int_equal(char_hex('g'), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_compare_with_and_without_case),
        cmocka_unit_test(prefixes_and_suffixes),
        cmocka_unit_test(finding),
        cmocka_unit_test(cutting_never_leaves_the_view),
        cmocka_unit_test(splitting_takes_parts_off),
        cmocka_unit_test(numbers_are_digits_only_and_bounded),
        cmocka_unit_test(bytes_become_hexadecimal_digits),
        cmocka_unit_test(hashes_follow_equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
