/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration profiles: what is in them, escaped for XML. */
#include "client/kit.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "kits.h"

static const char *const URLS[] = {"https://a.test/x&y", NULL};

static void macos(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "macos", "CN=<b>&\\\"", URLS);
    t.kit.pkcs12 = STR("encrypted");
    const char *text = test_kit_text(&t, KIT_INSTALL, &err);
    assert_non_null(strstr(text, "<key>Name</key><string>https://a.test/x&amp;y/</string>"));
    assert_non_null(strstr(text, "\"CN\":\"&lt;b&gt;&amp;\\\"\""));
    assert_non_null(strstr(text, "<data>\nZW5jcnlwdGVk\n</data>"));
    assert_null(strstr(text, "com.apple.security.root"));
    t.kit.trust_ca = true;
    assert_non_null(strstr(test_kit_text(&t, KIT_INSTALL, &err), "com.apple.security.root"));
    test_kit_deinit(&t);
}

static void ios(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "ios", "C=CH", URLS); /* no filter, so no CN is needed */
    t.kit.pkcs12 = STR("encrypted");
    const char *text = test_kit_text(&t, KIT_INSTALL, &err);
    assert_non_null(strstr(text, "com.apple.security.pkcs12"));
    assert_null(strstr(text, "identitypreference"));
    assert_null(strstr(text, "AutoSelect"));
    test_kit_deinit(&t);
    test_kit_init(&t, "macos", "C=CH", URLS);
    t.kit.pkcs12 = STR("encrypted");
    assert_null(test_kit_text(&t, KIT_INSTALL, &err));
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macos),
        cmocka_unit_test(ios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
