/* SPDX-License-Identifier: Apache-2.0 */
/* The script for Firefox; that Firefox takes what it does, the end-to-end tests show. */
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

static void install(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "firefox", "CN=x", URLS);
    const char *text = test_kit_text(&t, KIT_INSTALL, &err);
    assert_non_null(strstr(text, "\n    check_closed\n    db=$profile\n    nss_put\n"
                                 "    [ -n \"${FIREFOX_ASK-}\" ] || put_choice\n"));
    assert_null(strstr(text, "root of"));
    assert_null(strstr(text, "/etc/"));
    t.kit.trust_ca = true;
    assert_non_null(strstr(test_kit_text(&t, KIT_INSTALL, &err),
                           "put_ca \"root of $authority\" C,, <\"$ca\"\n"));
    test_kit_deinit(&t);
}

static void undo(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "firefox", "CN=x", URLS);
    const char *text = test_kit_text(&t, KIT_UNDO, &err);
    assert_non_null(strstr(text, "\n    check_closed\n    db=$profile\n    nss_drop\n"
                                 "    drop_choice\n"));
    assert_null(strstr(text, "nss_put"));
    assert_null(strstr(text, ">>"));
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(install),
        cmocka_unit_test(undo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
