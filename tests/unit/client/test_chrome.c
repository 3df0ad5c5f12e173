/* SPDX-License-Identifier: Apache-2.0 */
/* The script for Chromium; that Chromium takes what it does, the end-to-end tests show. */
#include "client/kit.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "kits.h"

static const char *const URLS[] = {"https://a.test/x", "https://b.test:8443", NULL};

static void install(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "chrome", "CN=it's <x>", URLS);
    const char *text = test_kit_text(&t, KIT_INSTALL, &err);
    /* The policy is in a document that the shell leaves as it is. */
    const char *start = strstr(text, "cat <<'END'\n{\n  \"AutoSelectCertificateForUrls\": [\n");
    assert_non_null(start);
    const char *end = strstr(start, "\n}\nEND\n}\n");
    assert_non_null(end);
    assert_non_null(strstr(start, "https://a.test:443"));
    assert_non_null(strstr(start, "https://b.test:8443"));
    assert_non_null(strstr(start, "it's <x>"));
    assert_non_null(strstr(
        start, "  \"PolicyListMultipleSourceMergeList\": [\"AutoSelectCertificateForUrls\"]\n}\n"));
    assert_non_null(strstr(text, "/etc/chromium/policies /etc/opt/chrome/policies"));
    assert_non_null(strstr(end, "/managed/yett-laptop.json\""));
    assert_null(strstr(text, "root of"));
    t.kit.trust_ca = true;
    assert_non_null(strstr(test_kit_text(&t, KIT_INSTALL, &err),
                           "put_ca \"root of $authority\" C,, <\"$ca\"\n"));
    test_kit_deinit(&t);
}

static void undo(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "chrome", "CN=x", URLS);
    const char *text = test_kit_text(&t, KIT_UNDO, &err);
    assert_non_null(strstr(text, "    drop \"$label\" -F\n"));
    assert_non_null(strstr(text, "file=$folder/managed/yett-laptop.json\n"));
    assert_null(strstr(text, "nss_put"));
    assert_null(strstr(text, "AutoSelectCertificateForUrls"));
    test_kit_deinit(&t);
}

/* A filter that says nothing of whose it is would show anybody's certificate. */
static void nobodys(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "chrome", "DC=test", URLS);
    assert_null(test_kit_text(&t, KIT_INSTALL, &err));
    assert_string_equal(err.text, "the SUBJECT of the certificate has no CN, L, O or OU: "
                                  "browsers cannot select a certificate without one");
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(install),
        cmocka_unit_test(undo),
        cmocka_unit_test(nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
