/* SPDX-License-Identifier: Apache-2.0 */
/* What the scripts for browsers have in common: labels, and what belongs into a database. */
#include "client/nss.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "kits.h"

static const char *const URLS[] = {"https://a.test", NULL};

static const char *functions(struct test_kit *t, enum kit_part part)
{
    struct error err;
    buf_clear(&t->text);
    assert_true(nss_functions(&t->kit, part, &t->text, &err));
    buf_byte(&t->text, '\0');
    return buf_view(&t->text).p;
}

static struct str label(struct test_kit *t, enum kit_part part)
{
    const char *text = strstr(functions(t, part), "\nlabel=");
    assert_non_null(text);
    struct str line = {text + 1, strcspn(text + 1, "\n")};
    return arena_dup(&t->arena, line);
}

/* Undoing looks for the very label; another root of the same name has another one. */
static void labels(void **state)
{
    struct test_kit one;
    struct test_kit two;
    test_kit_init(&one, "chrome", "CN=x", URLS);
    test_kit_init(&two, "chrome", "CN=x", URLS);
    struct str first = label(&one, KIT_INSTALL);
    assert_int_equal(first.n, sizeof("label='laptop (yett 01234567)'") - 1);
    assert_true(str_starts(first, STR("label='laptop (yett ")));
    assert_true(str_eq(first, label(&one, KIT_UNDO)));
    assert_false(str_eq(first, label(&two, KIT_INSTALL)));
    test_kit_deinit(&two);
    test_kit_deinit(&one);
}

/* A root that issues itself has nothing between it and the leaf. */
static void intermediate(void **state)
{
    struct test_kit t;
    test_kit_init(&t, "chrome", "CN=x", URLS);
    assert_null(strstr(functions(&t, KIT_INSTALL), "put_ca \"intermediate"));
    struct test_pair root = test_pair_new((struct test_spec){.cn = "Root", .ca = true});
    t.kit.root = root.cert;
    assert_non_null(strstr(functions(&t, KIT_INSTALL), "put_ca \"intermediate of $authority\" ,,"));
    test_pair_free(&root);
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels),
        cmocka_unit_test(intermediate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
