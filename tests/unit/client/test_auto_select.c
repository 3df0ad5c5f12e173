/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's entries: pattern, filter, escaping. */
#include "client/auto_select.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "kits.h"

static const char *const URLS[] = {"https://A.test/x", "https://a.test:443/y", "https://[::1]:8443",
                                   NULL};

static void assert_entry(const char *subject, const char *expected)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "git", subject, URLS);
    bool ok = auto_select_entry(&t.kit, &t.sites[0], &t.text, &err);
    if (expected) {
        struct str want =
            arena_printf(&t.arena,
                         "{\"pattern\":\"https://a.test:443\",\"filter\":{\"ISSUER\":{\"CN\":"
                         "\"Test CA\"},\"SUBJECT\":{%s}}}",
                         expected);
        assert_true(ok);
        assert_string_equal(arena_cstr(&t.arena, buf_view(&t.text)), want.p);
    } else {
        assert_false(ok);
    }
    test_kit_deinit(&t);
}

static void filters(void **state)
{
    assert_entry("CN=laptop", "\"CN\":\"laptop\"");
    assert_entry("/C=CH/ST=Zug/L=Zug/O=E/OU=U/CN=n",
                 "\"CN\":\"n\",\"L\":\"Zug\",\"O\":\"E\",\"OU\":\"U\"");
    assert_entry("O=Only", "\"O\":\"Only\"");
    /* Of several, the first in the certificate: the browser's CN is that one. */
    assert_entry("/CN=one/CN=two/OU=a/OU=b", "\"CN\":\"one\",\"OU\":\"a\"");
    /* Nothing that a filter could have: it would match everybody's. */
    assert_entry("/C=CH/serialNumber=7", NULL);
}

static void escaping(void **state)
{
    assert_entry("CN=\\\"a\\\\b'<&>", "\"CN\":\"\\\"a\\\\b'<&>\"");
    assert_entry("CN=a\\0Ab\\1Fc\\7F", "\"CN\":\"a\\u000ab\\u001fc\\u007f\"");
    assert_entry("CN=\xc3\xa4\xe2\x82\xac", "\"CN\":\"\\u00e4\\u20ac\"");
    assert_entry("CN=\xf0\x9d\x84\x9e", "\"CN\":\"\\ud834\\udd1e\"");
    assert_entry("CN=$(x) `y` %%PATH%%", "\"CN\":\"$(x) `y` %%PATH%%\"");
}

static void an_origin_is_named_once(void **state)
{
    struct test_kit t;
    test_kit_init(&t, "git", "CN=x", URLS);
    assert_true(auto_select_wanted(&t.kit, 0));
    assert_false(auto_select_wanted(&t.kit, 1));
    assert_true(auto_select_wanted(&t.kit, 2));
    test_kit_deinit(&t);
}

static void policy_file(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "git", "CN=\\\"x", URLS);
    assert_true(auto_select_file(&t.kit, &t.text, &err));
    buf_byte(&t.text, '\0');
    assert_string_equal(
        buf_view(&t.text).p,
        "{\n  \"AutoSelectCertificateForUrls\": [\n    "
        "\"{\\\"pattern\\\":\\\"https://a.test:443\\\",\\\"filter\\\":{\\\"ISSUER\\\":{"
        "\\\"CN\\\":\\\"Test CA\\\"},\\\"SUBJECT\\\":{\\\"CN\\\":\\\"\\\\\\\"x\\\"}}}\",\n    "
        "\"{\\\"pattern\\\":\\\"https://[::1]:8443\\\",\\\"filter\\\":{\\\"ISSUER\\\":{"
        "\\\"CN\\\":\\\"Test CA\\\"},\\\"SUBJECT\\\":{\\\"CN\\\":\\\"\\\\\\\"x\\\"}}}\"\n"
        "  ],\n  \"PolicyListMultipleSourceMergeList\": [\"AutoSelectCertificateForUrls\"]\n}\n");
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters),
        cmocka_unit_test(escaping),
        cmocka_unit_test(an_origin_is_named_once),
        cmocka_unit_test(policy_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
