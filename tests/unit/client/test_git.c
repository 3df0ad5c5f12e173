/* SPDX-License-Identifier: Apache-2.0 */
/* The script for git; that git takes it, the end-to-end tests show. */
#include "client/kit.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "kits.h"

static const char *const URLS[] = {"https://a.test/x", "https://b.test", NULL};

static void settings(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "git", "CN=x", URLS);
    const char *text = test_kit_text(&t, KIT_INSTALL, &err);
    assert_non_null(strstr(
        text, "\ngit config --global --replace-all 'http.https://a.test/x.sslCert' \"$cert\"\n"
              "git config --global --replace-all 'http.https://a.test/x.sslKey' \"$cert\"\n"
              "git config --global --replace-all 'http.https://b.test.sslCert' \"$cert\"\n"));
    assert_null(strstr(text, "sslCAInfo"));
    assert_null(strstr(text, "--local"));
    t.kit.local = true;
    t.kit.trust_ca = true;
    text = test_kit_text(&t, KIT_INSTALL, &err);
    assert_non_null(strstr(text, "\ngit config --local --replace-all "
                                 "'http.https://b.test.sslCAInfo' \"$ca\"\n"));
    assert_null(strstr(text, "--global"));
    test_kit_deinit(&t);
}

static void undo(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "git", "CN=x", URLS);
    const char *text = test_kit_text(&t, KIT_UNDO, &err);
    assert_non_null(strstr(text, "\ngit config --global --fixed-value --unset-all "
                                 "'http.https://a.test/x.sslCert' \"$cert\" || [ $? -eq 5 ]\n"));
    assert_non_null(strstr(text, "'http.https://b.test.sslCAInfo' \"$ca\" || [ $? -eq 5 ]\n"));
    assert_null(strstr(text, "--replace-all"));
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings),
        cmocka_unit_test(undo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
