/* SPDX-License-Identifier: Apache-2.0 */
/* Quoting for the shell, and how scripts start. */
#include "client/shell.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "kits.h"

static void assert_quoted(const char *text, const char *quoted)
{
    struct buf out = {0};
    shell_quote(&out, str_of(text));
    assert_true(str_eq(buf_view(&out), str_of(quoted)));
    buf_deinit(&out);
}

static void quoting(void **state)
{
    assert_quoted("", "''");
    assert_quoted("plain", "'plain'");
    assert_quoted("it's", "'it'\\''s'");
    assert_quoted("'", "''\\'''");
    assert_quoted("$(x) `y` \"z\" \\ \n *", "'$(x) `y` \"z\" \\ \n *'");
}

static const char *start(struct test_kit *t, enum kit_part part)
{
    buf_clear(&t->text);
    shell_start(&t->text, &t->kit, part);
    buf_byte(&t->text, '\0');
    return buf_view(&t->text).p;
}

static void starts(void **state)
{
    static const char *const URLS[] = {"https://a", NULL};
    struct test_kit t;
    test_kit_init(&t, "git", "CN=x", URLS);
    t.kit.cert_path = STR("/it's/a.pem");
    const char *text = start(&t, KIT_INSTALL);
    assert_true(strncmp(text, "#!/bin/sh\n", 10) == 0);
    assert_non_null(strstr(text, "\nset -eu\ncert='/it'\\''s/a.pem'\n[ -r \"$cert\" ] || "));
    assert_null(strstr(text, "ca="));
    t.kit.trust_ca = true;
    assert_non_null(strstr(start(&t, KIT_INSTALL), "\nca='/ca/root.crt'\n"));
    t.kit.trust_ca = false;
    text = start(&t, KIT_UNDO);
    assert_non_null(strstr(text, "\nca='/ca/root.crt'\n"));
    assert_null(strstr(text, "[ -r"));
    t.kit.carried = true;
    text = start(&t, KIT_INSTALL);
    assert_non_null(strstr(text, "\ncert=$here/laptop.pem\n"));
    assert_null(strstr(text, "/ca/"));
    assert_null(strstr(text, "root.crt"));
    assert_non_null(strstr(start(&t, KIT_UNDO), "\nca=$here/root.crt\n"));
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quoting),
        cmocka_unit_test(starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
