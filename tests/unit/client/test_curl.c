/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file for curl: two levels of escaping. */
#include "client/kit.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "kits.h"

static const char *const URLS[] = {"https://a.test", NULL};

static void configuration(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "curl", "CN=x", URLS);
    const char *text = test_kit_text(&t, KIT_INSTALL, &err);
    assert_non_null(strstr(text, "\ncert = \"/ca/live/laptop.pem\"\nkey = \"/ca/live/laptop.pem\"\n"
                                 "proto = \"=https\"\n"));
    assert_null(strstr(text, "cacert"));
    t.kit.trust_ca = true;
    t.kit.cert_path = STR("/a:b\\c\"d\ne\tf/x.pem");
    text = test_kit_text(&t, KIT_INSTALL, &err);
    assert_non_null(strstr(text, "\ncert = \"/a\\\\:b\\\\\\\\c\\\"d\\ne\\tf/x.pem\"\n"));
    assert_non_null(strstr(text, "\nkey = \"/a:b\\\\c\\\"d\\ne\\tf/x.pem\"\n"));
    assert_non_null(strstr(text, "\ncacert = \"/ca/root.crt\"\n"));
    test_kit_deinit(&t);
}

static void script(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "curl", "CN=x", URLS);
    t.kit.carried = true;
    const char *text = test_kit_text(&t, KIT_INSTALL, &err);
    assert_non_null(strstr(text, "--key \"$cert\" --proto =https \"$@\"\n"));
    assert_null(strstr(text, "/ca/"));
    t.kit.trust_ca = true;
    assert_non_null(strstr(test_kit_text(&t, KIT_INSTALL, &err), " --cacert \"$ca\" "));
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configuration),
        cmocka_unit_test(script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
