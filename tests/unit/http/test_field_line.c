/* SPDX-License-Identifier: Apache-2.0 */
#include "http/field_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"

static void control_bytes_are_found_wherever_they_are(void **state)
{
    (void)state;
    char text[24];
    for (size_t at = 0; at < sizeof(text); at++) {
        for (unsigned c = 0; c < 256; c++) {
            memset(text, 'a', sizeof(text));
            text[at] = (char)c;
            struct str s = {text, sizeof(text)};
            bool is_control = c < 0x20 || c == 0x7f;
            assert_int_equal(control_find(s, 0), is_control ? at : sizeof(text));
            assert_int_equal(control_find(s, at + 1), sizeof(text));
        }
    }
}

static void lines_end_in_lf(void **state)
{
    (void)state;
    struct str rest = STR("a\r\n\nb\rc\nd"), line;
    assert_true(line_take(&rest, &line) && str_eq(line, STR("a")));
    assert_true(line_take(&rest, &line) && str_eq(line, STR("")));
    assert_true(line_take(&rest, &line) && str_eq(line, STR("b\rc")));
    assert_false(line_take(&rest, &line));
    assert_true(str_eq(rest, STR("d")));
}

static void fields_are_split(void **state)
{
    (void)state;
    const struct {
        struct str line;
        enum field_line result;
        struct str name, value;
    } rows[] = {
        {STR("Host: a"), FIELD_USUAL, STR("Host"), STR("a")},
        {STR("X-9:\t a b \t"), FIELD_USUAL, STR("X-9"), STR("a b")},
        {STR("A:"), FIELD_USUAL, STR("A"), STR("")},
        {STR("A::b"), FIELD_USUAL, STR("A"), STR(":b")},
        {STR("A_b: c"), FIELD_TOKEN, STR("A_b"), STR("c")},
        {STR("A(b): c"), FIELD_NO_TOKEN, STR("A(b)"), STR("c")},
        {STR("A\xe9: c"), FIELD_NO_TOKEN, STR("A\xe9"), STR("c")},
    };
    const struct str malformed[] = {STR(""),      STR(": a"),   STR("Host"),   STR("A b: c"),
                                    STR("A : b"), STR(" A: b"), STR("\tA: b"), STR("A\x7f: b")};
    struct str name, value;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(field_line_parse(rows[i].line, &name, &value), rows[i].result);
        assert_true(str_eq(name, rows[i].name));
        assert_true(str_eq(value, rows[i].value));
    }
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        assert_int_equal(field_line_parse(malformed[i], &name, &value), FIELD_MALFORMED);
    }
}

static void an_underscore_is_nearly_usual(void **state)
{
    (void)state;
    assert_true(field_name_usual_or_underscore(STR("A_b-9")));
    assert_false(field_name_usual_or_underscore(STR("A.b")));
}

static void a_word_has_neither_blanks_nor_control_bytes(void **state)
{
    (void)state;
    assert_false(has_blank_or_control(STR("")));
    assert_false(has_blank_or_control(STR("/a%20b\xe4")));
    assert_true(has_blank_or_control(STR("a b")));
    assert_true(has_blank_or_control(STR("a\tb")));
    assert_true(has_blank_or_control(STR("a\0b")));
    assert_true(has_blank_or_control(STR("ab\x7f")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_bytes_are_found_wherever_they_are),
        cmocka_unit_test(lines_end_in_lf),
        cmocka_unit_test(fields_are_split),
        cmocka_unit_test(an_underscore_is_nearly_usual),
        cmocka_unit_test(a_word_has_neither_blanks_nor_control_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
