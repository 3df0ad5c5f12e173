/* SPDX-License-Identifier: Apache-2.0 */
/* Serial numbers: as octets, as text, and what is none. */
#include "ca/serial_number.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

/* STR is no constant expression. */
#define LIT(literal)                                                                               \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static void new_ones(void **state)
{
    struct error err;
    struct serial_number serial;
    struct serial_number back;
    char text[SERIAL_TEXT_MAX];
    for (int i = 0; i < 100; i++) {
        assert_true(serial_number_new(&serial, &err));
        assert_int_equal(serial.n, SERIAL_OCTETS);
        assert_int_equal(serial.octets[0] & 0xc0, 0x40); /* positive, and no octet less in DER */
        assert_true(serial_number_parse(str_of(serial_number_text(&serial, text)), &back));
        assert_true(serial_number_eq(&serial, &back));
    }
}

static void parsed(void **state)
{
    static const struct {
        const char *text;
        struct str octets;
        const char *again;
    } GOOD[] = {
        {"01", LIT("\x01"), "01"},
        {"1", LIT("\x01"), "01"},
        {"0001", LIT("\x01"), "01"},
        {"0", LIT("\0"), "00"},
        {"1000", LIT("\x10\0"), "1000"},
        {"80", LIT("\0\x80"), "80"},
        {"7f", LIT("\x7f"), "7F"},
        {"8Ab", LIT("\x08\xab"), "08AB"},
        {"40:0a:0B", LIT("\x40\x0a\x0b"), "400A0B"},
        {"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
         LIT("\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
         "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"},
    };
    struct serial_number serial;
    char text[SERIAL_TEXT_MAX];
    for (size_t i = 0; i < COUNT_OF(GOOD); i++) {
        assert_true(serial_number_parse(str_of(GOOD[i].text), &serial));
        assert_true(str_eq(serial_number_octets(&serial), GOOD[i].octets));
        assert_string_equal(serial_number_text(&serial, text), GOOD[i].again);
    }
}

static void none(void **state)
{
    static const char *const BAD[] = {"",
                                      ":",
                                      "0x1",
                                      "g",
                                      "-1",
                                      "1 0",
                                      "10000000000000000000000000000000000000000",
                                      "1\n",
                                      "1.0",
                                      "000000000000000000000000000000000000000000g"};
    static const struct str OCTETS[] = {LIT(""),
                                        LIT("\x80"),
                                        LIT("\0\x7f"),
                                        LIT("\0\0"),
                                        LIT("\x01_____________________"),
                                        LIT("\x01____________________")};
    struct serial_number serial;
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        assert_false(serial_number_parse(str_of(BAD[i]), &serial));
    }
    for (size_t i = 0; i < COUNT_OF(OCTETS); i++) {
        assert_false(serial_number_set(&serial, OCTETS[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_ones),
        cmocka_unit_test(parsed),
        cmocka_unit_test(none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
