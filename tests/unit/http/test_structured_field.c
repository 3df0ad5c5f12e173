/* SPDX-License-Identifier: Apache-2.0 */
/* Byte sequences of structured fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "http/structured_field.h"

static void bytes_become_base64_between_colons(void **state)
{
    static const struct {
        struct str bytes;
        const char *text;
    } rows[] = {
        /* RFC 4648, 10 */
        {STR_INIT(""), "::"},
        {STR_INIT("f"), ":Zg==:"},
        {STR_INIT("fo"), ":Zm8=:"},
        {STR_INIT("foo"), ":Zm9v:"},
        {STR_INIT("foob"), ":Zm9vYg==:"},
        {STR_INIT("fooba"), ":Zm9vYmE=:"},
        {STR_INIT("foobar"), ":Zm9vYmFy:"},
        {STR_INIT("\0\xff\xfe\xfb"), ":AP/++w==:"},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str text = byte_sequence_write(rows[i].bytes, &arena);
        if (!str_eq(text, str_of(rows[i].text))) {
            fail_msg("%.*s is not %s", STR_ARG(text), rows[i].text);
        }
    }
    arena_deinit(&arena);
}

static void several_are_a_list(void **state)
{
    static const struct str items[] = {STR_INIT("f"), STR_INIT("foo"), STR_INIT("fo")};
    struct arena arena;
    arena_init(&arena, 0);
    assert_true(str_eq(byte_sequences_write(items, 3, &arena), STR(":Zg==:, :Zm9v:, :Zm8=:")));
    assert_true(str_eq(byte_sequences_write(items, 1, &arena), STR(":Zg==:")));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_become_base64_between_colons),
        cmocka_unit_test(several_are_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
