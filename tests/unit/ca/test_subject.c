/* SPDX-License-Identifier: Apache-2.0 */
/* Distinguished names in both notations. */
#include "ca/subject.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

static void assert_name(const char *text, const char *expected)
{
    struct error err;
    char got[512];
    X509_NAME *name = subject_parse(str_of(text), &err);
    assert_non_null(name);
    X509_NAME_oneline(name, got, sizeof(got));
    assert_string_equal(got, expected);
    X509_NAME_free(name);
}

static void both_orders(void **state)
{
    assert_name("CN=laptop,OU=Machines,O=Example", "/O=Example/OU=Machines/CN=laptop");
    assert_name("CN=laptop, OU=Machines, O=Example", "/O=Example/OU=Machines/CN=laptop");
    assert_name("/O=Example/OU=Machines/CN=laptop", "/O=Example/OU=Machines/CN=laptop");
    assert_name("CN=a/b", "/CN=a\\/b");
    assert_name("/CN=a,b+c", "/CN=a,b\\+c");
    assert_name("/CN=a\\/b", "/CN=a\\/b");
    assert_name("CN=a\\,b\\2Bc", "/CN=a,b\\+c");
    assert_name("emailAddress=a@b.test,CN=x", "/CN=x/emailAddress=a@b.test");
}

static void refused(void **state)
{
    static const char *const BAD[] = {
        "",
        "laptop",
        "CN",
        "CN=",
        "=x",
        "CN=a+OU=b",
        "CN=a,",
        "/CN=a/",
        "Nonsense=x",
        "C=Germany",
        "CN=a\\",
        "CN=\xff\xfe",
        "CN=01234567890123456789012345678901234567890123456789012345678901234",
    };
    struct error err;
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        assert_null(subject_parse(str_of(BAD[i]), &err));
    }
}

static void common(void **state)
{
    struct error err;
    char got[128];
    X509_NAME *name = subject_common(STR("x"), STR("Example, Inc"), &err);
    X509_NAME_oneline(name, got, sizeof(got));
    assert_string_equal(got, "/O=Example, Inc/CN=x");
    X509_NAME_free(name);
    assert_null(subject_common(STR(""), STR(""), &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_orders),
        cmocka_unit_test(refused),
        cmocka_unit_test(common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
