/* SPDX-License-Identifier: Apache-2.0 */
/* Firefox's policies, and the scripts that put and drop them. */
#include "client/firefox_policy.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "client/nss.h"
#include "kits.h"

static const char *const URLS[] = {"https://a.test", NULL};

static const char CHOICE[] = "    \"Preferences\": {\n"
                             "      \"security.default_personal_cert\": "
                             "{\"Value\": \"Select Automatically\", \"Status\": \"default\"}\n"
                             "    }\n"
                             "  }\n"
                             "}\n";

static void the_root_only_if_trusted(void **state)
{
    struct test_kit t;
    struct error err;
    struct str id;
    test_kit_init(&t, "firefox", "CN=x", URLS);
    t.kit.policy = true;
    assert_string_equal(test_kit_text(&t, KIT_POLICY, &err),
                        arena_printf(&t.arena, "{\n  \"policies\": {\n%s", CHOICE).p);
    t.kit.trust_ca = true;
    assert_true(nss_authority(&t.kit, &id, &err));
    assert_string_equal(test_kit_text(&t, KIT_POLICY, &err),
                        arena_printf(&t.arena,
                                     "{\n  \"policies\": {\n"
                                     "    \"Certificates\": {\n"
                                     "      \"Install\": "
                                     "[\"/etc/firefox/policies/yett-%.*s.crt\"]\n"
                                     "    },\n%s",
                                     STR_ARG(id), CHOICE)
                            .p);
    test_kit_deinit(&t);
}

/* The policy is looked at before anything is done; the profile's choice is not written. */
static void install(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "firefox", "CN=x", URLS);
    t.kit.policy = true;
    const char *text = test_kit_text(&t, KIT_INSTALL, &err);
    const char *check = strstr(text, "\ncheck_policy\n");
    const char *put = strstr(text, "\numask 077\n");
    assert_true(check && put && check < put && strstr(put, "\nput_policy\n"));
    assert_null(strstr(text, "user.js"));
    assert_null(strstr(text, "| place \"$mark.crt\""));
    t.kit.trust_ca = true;
    assert_non_null(strstr(test_kit_text(&t, KIT_INSTALL, &err), "| place \"$mark.crt\""));
    test_kit_deinit(&t);
}

/* Nobody remembers which of the two ways it was. */
static void one_undo(void **state)
{
    struct test_kit t;
    struct error err;
    test_kit_init(&t, "firefox", "CN=x", URLS);
    struct str plain = arena_dup(&t.arena, str_of(test_kit_text(&t, KIT_UNDO, &err)));
    t.kit.policy = t.kit.trust_ca = true;
    assert_true(str_eq(plain, str_of(test_kit_text(&t, KIT_UNDO, &err))));
    assert_true(str_ends(plain, STR("\ndrop_policy\n")));
    assert_non_null(strstr(plain.p, "\n    drop_choice\n"));
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_only_if_trusted),
        cmocka_unit_test(install),
        cmocka_unit_test(one_undo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
