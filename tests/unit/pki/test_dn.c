/* SPDX-License-Identifier: Apache-2.0 */
/* Names as text: nothing in one can end the sentence or the line it stands in. */
#include "pki/dn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static X509_NAME *name_of(const char *organization, const char *common_name)
{
    X509_NAME *name = X509_NAME_new();
    assert_int_equal(1, X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                                   (const unsigned char *)organization, -1, -1, 0));
    assert_int_equal(1, X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                   (const unsigned char *)common_name, -1, -1, 0));
    return name;
}

static void assert_forms(X509_NAME *name, const char *text)
{
    struct arena arena;
    char out[DN_SHORT_MAX];
    arena_init(&arena, 0);
    assert_string_equal(arena_cstr(&arena, dn_text(name, &arena)), text);
    assert_string_equal(dn_short(name, out), text);
    arena_deinit(&arena);
    X509_NAME_free(name);
}

static void last_part_first(void **unused)
{
    assert_forms(name_of("Example", "Root CA"), "CN=Root CA,O=Example");
    assert_forms(X509_NAME_new(), "");
}

static void what_could_be_taken_for_something_else_is_escaped(void **unused)
{
    assert_forms(name_of("a,CN=b", "x\" + \\ <y>"), "CN=x\\\" \\+ \\\\ \\<y\\>,O=a\\,CN=b");
    assert_forms(name_of("K\xc3\xa4se", "one\ntwo"), "CN=one\\0Atwo,O=K\\C3\\A4se");
}

static void long_ones_are_cut_in_sentences_only(void **unused)
{
    static const char part[] = "0123456789012345678901234567890123456789012345678901234567890123";
    struct arena arena;
    char out[DN_SHORT_MAX];
    X509_NAME *name = X509_NAME_new();
    arena_init(&arena, 0);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(1, X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC,
                                                       (const unsigned char *)part, -1, -1, 0));
    }
    struct str text = dn_text(name, &arena);
    assert_int_equal(text.n, 8 * (3 + 64) + 7);
    assert_int_equal(strlen(dn_short(name, out)), DN_SHORT_MAX - 1);
    assert_memory_equal(out, text.p, DN_SHORT_MAX - 1);
    X509_NAME_free(name);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_part_first),
        cmocka_unit_test(what_could_be_taken_for_something_else_is_escaped),
        cmocka_unit_test(long_ones_are_cut_in_sentences_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
