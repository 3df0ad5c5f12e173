/* SPDX-License-Identifier: Apache-2.0 */
/* Header names and lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/header.h"

static void every_known_name_is_found_in_any_case(void **state)
{
    for (enum header_id id = HEADER_OTHER + 1; id < HEADER_ID_COUNT; id++) {
        struct str name = header_name(id);
        char other_case[64];
        assert_true(name.n > 0 && name.n < sizeof(other_case));
        for (size_t i = 0; i < name.n; i++) {
            char c = name.p[i];
            other_case[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : char_lower(c);
        }
        assert_int_equal(header_id_of(name), id);
        assert_int_equal(header_id_of((struct str){other_case, name.n}), id);
        other_case[name.n / 2] = '_';
        assert_int_equal(header_id_of((struct str){other_case, name.n}), HEADER_OTHER);
    }
    assert_int_equal(header_name(HEADER_OTHER).n, 0);
}

static void other_names_are_other(void **state)
{
    static const char *const others[] = {"",
                                         "X",
                                         "Hosts",
                                         "Hot",
                                         "Hbst",
                                         "Content_Length",
                                         "Content-Length ",
                                         "\xc8ost",
                                         "Content\rLength"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(header_id_of(str_of(others[i])), HEADER_OTHER);
    }
}

static void lists_keep_order_and_grow(void **state)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct headers headers = {0};
    for (int i = 0; i < 100; i++) {
        headers_add(&headers, &arena, arena_printf(&arena, "X-%d", i), STR("v"));
        headers_add_id(&headers, &arena, HEADER_COOKIE, arena_printf(&arena, "%d", i));
    }
    assert_int_equal(headers.n, 200);
    for (size_t i = 0; i < 100; i++) {
        assert_true(str_eq(headers.items[2 * i].name, arena_printf(&arena, "X-%zu", i)));
        assert_true(str_eq(headers.items[2 * i + 1].value, arena_printf(&arena, "%zu", i)));
    }
    headers_remove(&headers, HEADER_COOKIE);
    assert_int_equal(headers.n, 100);
    assert_null(headers_find(&headers, HEADER_COOKIE));
    for (int i = 0; i < 100; i++) {
        headers_add_id(&headers, &arena, HEADER_COOKIE, STR("again"));
    }
    assert_true(str_eq(headers.items[99].name, STR("X-99")));
    headers_remove(&headers, HEADER_OTHER);
    headers_remove(&headers, HEADER_COOKIE);
    assert_int_equal(headers.n, 0);
    headers_add(&headers, &arena, STR("Host"), STR("a"));
    assert_true(str_eq(headers_find(&headers, HEADER_HOST)->value, STR("a")));
    arena_deinit(&arena);
}

static void fields_are_found_by_name(void **state)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct headers headers = {0};
    headers_add(&headers, &arena, STR("User-Agent"), STR("one"));
    headers_add(&headers, &arena, STR("X-My-Thing"), STR("two"));
    headers_add(&headers, &arena, STR("x-my-thing"), STR("three"));
    assert_true(str_eq(headers_find_name(&headers, STR("user-agent"))->value, STR("one")));
    assert_true(str_eq(headers_find_name(&headers, STR("X-MY-THING"))->value, STR("two")));
    assert_null(headers_find_name(&headers, STR("X-My")));
    arena_deinit(&arena);
}

static void tokens_are_found_in_all_fields(void **state)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct headers headers = {0};
    headers_add(&headers, &arena, STR("Connection"), STR("TE,\tUpgrade ,"));
    headers_add(&headers, &arena, STR("connection"), STR("Close"));
    headers_add(&headers, &arena, STR("TE"), STR("trailers"));
    assert_true(headers_has_token(&headers, HEADER_CONNECTION, STR("upgrade")));
    assert_true(headers_has_token(&headers, HEADER_CONNECTION, STR("close")));
    assert_false(headers_has_token(&headers, HEADER_CONNECTION, STR("up")));
    assert_false(headers_has_token(&headers, HEADER_CONNECTION, STR("closed")));
    assert_false(headers_has_token(&headers, HEADER_CONNECTION, STR("trailers")));
    arena_deinit(&arena);
}

static void names_and_values_are_checked(void **state)
{
    assert_true(header_name_valid(STR("X-a_B.9!#$%&'*+^`|~")));
    assert_false(header_name_valid(STR("")));
    static const char separators[] = "\"(),/:;<=>?@[\\]{} \t\r\n\x7f\x80";
    for (size_t i = 0; i < sizeof(separators); i++) {
        char name[] = {'X', separators[i]};
        assert_false(header_name_valid((struct str){name, 2}));
    }
    assert_true(header_value_valid(STR("")));
    assert_true(header_value_valid(STR("a b\t\xe4")));
    assert_false(header_value_valid(STR("a\rb")));
    assert_false(header_value_valid(STR("a\nb")));
    assert_false(header_value_valid(STR("a\0b")));
}

static void fields_are_written_in_the_size_foretold(void **state)
{
    (void)state;
    struct arena arena;
    struct headers headers = {0};
    char out[64];
    arena_init(&arena, 0);
    assert_int_equal(headers_size(&headers), 2);
    assert_int_equal(headers_put(out, &headers) - out, 2);
    headers_add(&headers, &arena, STR("A"), STR("b c"));
    headers_add(&headers, &arena, STR("X-Empty"), STR(""));
    struct str text = str_range(out, headers_put(out, &headers));
    assert_true(str_eq(text, STR("A: b c\r\nX-Empty: \r\n\r\n")));
    assert_int_equal(headers_size(&headers), text.n);
    arena_deinit(&arena);
}

static void fields_of_a_connection_are_known(void **state)
{
    (void)state;
    assert_true(header_is_of_connection(HEADER_CONNECTION));
    assert_true(header_is_of_connection(HEADER_KEEP_ALIVE));
    assert_true(header_is_of_connection(HEADER_PROXY_CONNECTION));
    assert_true(header_is_of_connection(HEADER_TRANSFER_ENCODING));
    assert_true(header_is_of_connection(HEADER_UPGRADE));
    assert_false(header_is_of_connection(HEADER_OTHER));
    assert_false(header_is_of_connection(HEADER_TE));
    assert_false(header_is_of_connection(HEADER_CONTENT_LENGTH));
    assert_false(header_is_of_connection(HEADER_HOST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_name_is_found_in_any_case),
        cmocka_unit_test(other_names_are_other),
        cmocka_unit_test(lists_keep_order_and_grow),
        cmocka_unit_test(fields_are_found_by_name),
        cmocka_unit_test(tokens_are_found_in_all_fields),
        cmocka_unit_test(names_and_values_are_checked),
        cmocka_unit_test(fields_are_written_in_the_size_foretold),
        cmocka_unit_test(fields_of_a_connection_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
