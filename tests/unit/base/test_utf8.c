/* SPDX-License-Identifier: Apache-2.0 */
/* Characters in UTF-8: what is one, and what may be shown. */
#include "base/utf8.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/compiler.h"

struct row {
    const char *text;
    size_t size;
    uint32_t character;
};

static void characters(void **unused)
{
    static const struct row ROWS[] = {
        {"a", 1, 'a'},
        {"\x7f", 1, 0x7f},
        {"\xc2\x80", 2, 0x80},
        {"\xdf\xbfrest", 2, 0x7ff},
        {"\xe0\xa0\x80", 3, 0x800},
        {"\xed\x9f\xbf", 3, 0xd7ff},
        {"\xef\xbf\xbd", 3, 0xfffd},
        {"\xf0\x90\x80\x80", 4, 0x10000},
        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
        /* too long a form, a surrogate, beyond the last, cut short, no first octet */
        {"\xc0\x80", 0, 0},
        {"\xc1\xbf", 0, 0},
        {"\xe0\x9f\xbf", 0, 0},
        {"\xed\xa0\x80", 0, 0},
        {"\xf0\x8f\xbf\xbf", 0, 0},
        {"\xf4\x90\x80\x80", 0, 0},
        {"\xf5\x80\x80\x80", 0, 0},
        {"\xc3", 0, 0},
        {"\xe2\x82", 0, 0},
        {"\xc3x", 0, 0},
        {"\x80", 0, 0},
        {"\xff", 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        uint32_t character = 0;
        assert_int_equal(utf8_first(str_of(ROWS[i].text), &character), ROWS[i].size);
        assert_int_equal(character, ROWS[i].character);
    }
    uint32_t character = 1;
    assert_int_equal(utf8_first(STR("\0"), &character), 1);
    assert_int_equal(character, 0);
}

static void what_may_be_shown(void **unused)
{
    static const uint32_t SEEN[] = {' ', '~', 0xa0, 0xe4, 0x20ac, 0x4e2d, 0x1f512};
    static const uint32_t UNSEEN[] = {0,      '\n',   0x1b,   0x7f,   0x9b,    0xad,  0x200b,
                                      0x202e, 0x2066, 0xfeff, 0xfe0f, 0xe0041, 0xffff};
    for (size_t i = 0; i < COUNT_OF(SEEN); i++) {
        assert_true(utf8_is_visible(SEEN[i]));
    }
    for (size_t i = 0; i < COUNT_OF(UNSEEN); i++) {
        assert_false(utf8_is_visible(UNSEEN[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters),
        cmocka_unit_test(what_may_be_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
