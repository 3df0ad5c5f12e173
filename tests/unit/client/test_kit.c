/* SPDX-License-Identifier: Apache-2.0 */
/* The table of programs, and what all their texts have in common. */
#include "client/kit.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "kits.h"

static const char *const URLS[] = {"https://a.test", "https://b.test:8443/x", NULL};

static void programs_are_found(void **state)
{
    for (size_t i = 0; i < kit_programs_count; i++) {
        assert_ptr_equal(kit_program_find(str_of(kit_programs[i].name)), &kit_programs[i]);
        assert_non_null(kit_programs[i].files[0].name);
    }
    assert_null(kit_program_find(STR("")));
    assert_null(kit_program_find(STR("gi")));
    assert_null(kit_program_find(STR("gitt")));
}

/* Every text ends in a line's end, is ASCII whatever the subject is, and has an undo. */
static void texts(void **state)
{
    struct test_kit t;
    struct error err;
    for (size_t i = 0; i < kit_programs_count; i++) {
        test_kit_init(&t, kit_programs[i].name, "CN=\\0A\xc3\xa4 $(x) '\"", URLS);
        t.kit.pkcs12 = STR("encrypted");
        for (int carried = 0; carried < 2; carried++) {
            t.kit.carried = carried;
            for (enum kit_part part = KIT_INSTALL; part <= KIT_UNDO; part++) {
                const char *text = test_kit_text(&t, part, &err);
                assert_non_null(text);
                assert_true(str_ends(str_of(text), STR("\n")));
                for (; *text; text++) {
                    assert_true((unsigned char)*text < 0x7f);
                }
            }
        }
        test_kit_deinit(&t);
    }
}

static void comments(void **state)
{
    struct test_kit t;
    test_kit_init(&t, "git", "CN=x", URLS);
    kit_comment(&t.text, &t.kit, KIT_INSTALL, "# ");
    kit_comment(&t.text, &t.kit, KIT_UNDO, "; ");
    t.kit.carried = true;
    kit_comment(&t.text, &t.kit, KIT_INSTALL, "# ");
    buf_byte(&t.text, '\0');
    assert_string_equal(buf_view(&t.text).p, "# git: show the certificate \"laptop\" to\n"
                                             "#   https://a.test\n#   https://b.test:8443/x\n"
                                             "# To undo it, run the same command with --undo.\n"
                                             "; git: no longer show the certificate \"laptop\" to\n"
                                             ";   https://a.test\n;   https://b.test:8443/x\n"
                                             "# git: show the certificate \"laptop\" to\n"
                                             "#   https://a.test\n#   https://b.test:8443/x\n"
                                             "# To undo it, run undo.sh.\n");
    test_kit_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_are_found),
        cmocka_unit_test(texts),
        cmocka_unit_test(comments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
