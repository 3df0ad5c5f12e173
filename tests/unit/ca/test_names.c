/* SPDX-License-Identifier: Apache-2.0 */
/* Names of entries, kinds and reasons. */
#include "ca/names.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

static void names_that_are_taken(void **state)
{
    static const char *const GOOD[] = {
        "laptop",
        "www.example.test",
        "ada@example.test",
        "a_b-c+d",
        "0",
        "Root",
        "0123456789012345678901234567890123456789012345678901234567890123",
    };
    struct error err;
    for (size_t i = 0; i < COUNT_OF(GOOD); i++) {
        assert_true(entry_name_check(str_of(GOOD[i]), &err));
    }
}

static void names_that_are_refused(void **state)
{
    static const char *const BAD[] = {
        "",
        "..",
        ".hidden",
        "-rf",
        "a/b",
        "a b",
        "*.example.test",
        "h\xc3\xa4",
        "a\nb",
        "root",
        "intermediate",
        "a,b",
        "$x",
        "01234567890123456789012345678901234567890123456789012345678901234",
    };
    struct error err;
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        assert_false(entry_name_check(str_of(BAD[i]), &err));
    }
    assert_false(entry_name_check((struct str){"a\0b", 3}, &err));
}

static void kinds(void **state)
{
    enum cert_kind kind;
    assert_true(cert_kind_parse(STR("user"), &kind) && kind == KIND_USER);
    assert_string_equal(cert_kind_name(KIND_MACHINE), "machine");
    assert_false(cert_kind_parse(STR("ca"), &kind));
    assert_false(cert_kind_parse(STR("Server"), &kind));
}

/* RFC 5280, 5.3.1 */
static void reasons(void **state)
{
    int reason;
    struct error err;
    assert_true(reason_parse(STR("keyCompromise"), &reason, &err) && reason == 1);
    assert_true(reason_parse(STR("cacompromise"), &reason, &err) && reason == 2);
    assert_true(reason_parse(STR("aACompromise"), &reason, &err) && reason == 10);
    assert_true(reason_parse(STR("unspecified"), &reason, &err) && reason == 0);
    assert_false(reason_parse(STR("removeFromCRL"), &reason, &err));
    assert_false(reason_parse(STR(""), &reason, &err));
    assert_null(reason_name(7));
    assert_null(reason_name(-1));
    assert_null(reason_name(REASON_MAX + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_are_taken),
        cmocka_unit_test(names_that_are_refused),
        cmocka_unit_test(kinds),
        cmocka_unit_test(reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
