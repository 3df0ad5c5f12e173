/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are made one line, and those that cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/field_value.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END   "-----END CERTIFICATE-----"

static void line_ends_of_certificates_become_blanks(void **state)
{
    static const struct {
        const char *value;
        const char *want; /* NULL: not to be sent */
    } rows[] = {
        {"", ""},
        {"a\tb", "a\tb"},
        {BEGIN "\nAB+/\nCD==\n" END "\n", BEGIN " AB+/ CD== " END},
        {BEGIN "\n\tAB+/\n\tCD==\n\t" END, BEGIN " AB+/ CD== " END},
        {BEGIN "\r\nAB\r\n" END "\r\n", BEGIN " AB " END},
        {"c=\"" BEGIN "\nAB\n" END "\";x", "c=\"" BEGIN " AB " END "\";x"},
        {BEGIN "\nA\n" END "\n" BEGIN "\nB\n" END "\n", BEGIN " A " END " " BEGIN " B " END},
        {BEGIN "\nA\n" END "\nX: y", BEGIN " A " END " X: y"},
        {BEGIN "AB" END, BEGIN "AB" END},
        {"a\nb", NULL},
        {"a\r", NULL},
        {"\n", NULL},
        {"\n" BEGIN "\nA\n" END, NULL},
        {BEGIN "\nA\n" END ";\nX: y", NULL},
        {BEGIN "\nA\nX: y\n" END, NULL},
        {BEGIN "\nA\n", NULL},
        {END "\nA\n" BEGIN, NULL},
        {BEGIN "\n" BEGIN "\nA\n" END, NULL},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str value = str_of(rows[i].value);
        assert_int_equal(field_value_fit(&value, &arena), rows[i].want != NULL);
        if (rows[i].want && !str_eq(value, str_of(rows[i].want))) {
            fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(value), rows[i].want);
        }
    }
    struct str nul = STR("a\0b");
    assert_false(field_value_fit(&nul, &arena));
    nul = STR(BEGIN "\nA\0\n" END);
    assert_false(field_value_fit(&nul, &arena));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_of_certificates_become_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
