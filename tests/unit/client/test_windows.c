/* SPDX-License-Identifier: Apache-2.0 */
/* The registry file: escaping, lines, an undo of the same values. */
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

static void registry(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "windows", "CN=\\\"x\\\\y", URLS);
    const char *text = test_kit_text(&t, KIT_INSTALL, &err);
    assert_true(strncmp(text, "Windows Registry Editor Version 5.00\r\n\r\n", 40) == 0);
    assert_non_null(strstr(text, "=\"{\\\"pattern\\\":\\\"https://a.test:443\\\","));
    /* The quotation mark: for JSON, then for the file. */
    assert_non_null(strstr(text, "\\\"CN\\\":\\\"\\\\\\\"x\\\\\\\\y\\\"}}}\"\r\n"));
    const char *value = strstr(text, "\r\n\"");
    assert_non_null(value);
    unsigned number = 0;
    assert_int_equal(sscanf(value, "\r\n\"%u\"=", &number), 1);
    struct str deleted = arena_printf(&t.arena, "\r\n\"%u\"=-\r\n", number);
    assert_non_null(strstr(test_kit_text(&t, KIT_UNDO, &err), deleted.p));
    test_kit_deinit(&t);
}

static void refused_without_a_name(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "windows", "C=CH", URLS);
    assert_null(test_kit_text(&t, KIT_INSTALL, &err));
    assert_non_null(strstr(err.text, "no CN, L, O or OU"));
    assert_non_null(test_kit_text(&t, KIT_UNDO, &err));
    test_kit_deinit(&t);
}

static void batch_files(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "windows", "CN=x", URLS);
    t.kit.carried = true;
    assert_null(strstr(test_kit_text(&t, KIT_INSTALL_CMD, &err), "-addstore"));
    assert_null(strstr(test_kit_text(&t, KIT_UNDO_CMD, &err), "-delstore Root"));
    t.kit.trust_ca = true;
    assert_non_null(strstr(test_kit_text(&t, KIT_INSTALL_CMD, &err),
                           "\r\ncertutil -user -addstore Root \"%~dp0root.crt\"\r\n"));
    assert_non_null(strstr(test_kit_text(&t, KIT_UNDO_CMD, &err), "-delstore Root "));
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry),
        cmocka_unit_test(refused_without_a_name),
        cmocka_unit_test(batch_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
