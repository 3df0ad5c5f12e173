/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of index.txt that are taken, and those that are refused rather than forgotten. */
#include "ca/index_file.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/buf.h"

static struct arena arena;
static struct error err;

static bool parse(const char *text, struct index_file *out)
{
    arena_deinit(&arena);
    arena_init(&arena, 0);
    return index_file_parse(str_of(text), "index.txt", &arena, out, &err);
}

#define ASSERT_STR(a, b) assert_true(str_eq(a, STR(b)))

static void three_kinds(void **state)
{
    struct index_file index;
    struct serial_number serial;
    assert_true(parse("V\t290223165653Z\t\t1000\tunknown\t/C=CH/CN=www.example.test\n"
                      "R\t20500101000000Z\t261121165658Z,superseded\tB79A\tnew.pem\t/CN=lost\n"
                      "# a comment\n"
                      "E\t200101000000Z\t\t00\tunknown\t/CN=old\n",
                      &index));
    assert_int_equal(index.n, 3);
    assert_false(index.items[0].revoked);
    assert_int_equal(index.items[0].not_after, 1866560213);
    ASSERT_STR(index.items[0].file, "");
    ASSERT_STR(index.items[0].subject, "/C=CH/CN=www.example.test");
    assert_true(index.items[1].revoked && index.items[1].reason == 4);
    assert_int_equal(index.items[1].not_after, 2524608000);
    assert_int_equal(index.items[1].revoked_at, 1795280218);
    ASSERT_STR(index.items[1].file, "new.pem");
    /* The octet in front keeps it positive, as in the certificate. */
    assert_int_equal(index.items[1].serial.n, 3);
    assert_false(index.items[2].revoked);
    assert_int_equal(index.items[2].line, 4);
    assert_true(serial_number_parse(STR("b79a"), &serial));
    assert_ptr_equal(index_file_find(&index, &serial), &index.items[1]);
    assert_true(serial_number_parse(STR("b79b"), &serial));
    assert_null(index_file_find(&index, &serial));
}

static void reasons(void **state)
{
    static const struct {
        const char *text;
        int reason;
        const char *extra;
    } GOOD[] = {
        {"261121165658Z", 0, ""},
        {"20261121165658Z", 0, ""},
        {"261121165658Z,unspecified", 0, ""},
        {"261121165658Z,keyCompromise", 1, ""},
        {"261121165658Z,CACompromise", 2, ""},
        {"261121165658Z,cessationOfOperation", 5, ""},
        {"261121165658Z,certificateHold", 6, ""},
        {"261121165658Z,privilegeWithdrawn", 9, ""},
        {"261121165658Z,holdInstruction,holdInstructionReject", 6, "holdInstructionReject"},
        {"261121165658Z,holdInstruction,1.2.840.10040.2.3", 6, "1.2.840.10040.2.3"},
        {"261121165658Z,keyTime,20261001000000Z", 1, "20261001000000Z"},
        {"261121165658Z,CAkeyTime,20261001000000Z", 2, "20261001000000Z"},
    };
    struct index_file index;
    for (size_t i = 0; i < COUNT_OF(GOOD); i++) {
        struct buf line = {0};
        buf_printf(&line, "R\t290223165653Z\t%s\t01\tunknown\t/CN=x\n%c", GOOD[i].text, '\0');
        assert_true(parse(line.data, &index));
        assert_true(index.items[0].revoked);
        assert_int_equal(index.items[0].revoked_at, 1795280218);
        assert_int_equal(index.items[0].reason, GOOD[i].reason);
        assert_true(str_eq(index.items[0].extra, str_of(GOOD[i].extra)));
        buf_deinit(&line);
    }
}

static void reasons_that_are_refused(void **state)
{
    static const char *const BAD[] = {
        "",
        "261121165658",
        "261121165658Z,",
        "261321165658Z,superseded",
        "261121165658Z,lost",
        "261121165658Z,superseded,x",
        "261121165658Z,removeFromCRL",
        "261121165658Z,holdInstruction",
        "261121165658Z,holdInstruction,",
        "261121165658Z,holdInstruction,reject",
        "261121165658Z,keyTime",
        "261121165658Z,keyTime,2026",
        "261121165658Z,CAkeyTime,20261301000000Z",
    };
    struct index_file index;
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        struct buf line = {0};
        buf_printf(&line,
                   "V\t290223165653Z\t\t01\tunknown\t/CN=x\n"
                   "R\t290223165653Z\t%s\t02\tunknown\t/CN=x\n%c",
                   BAD[i], '\0');
        assert_false(parse(line.data, &index));
        assert_ptr_equal(strstr(err.text, "index.txt:2: "), err.text);
        buf_deinit(&line);
    }
}

static void lines_that_are_refused(void **state)
{
    static const struct {
        const char *text;
        const char *said;
    } BAD[] = {
        {"\n", "six columns"},
        {"V\t290223165653Z\t\t01\tunknown", "six columns"},
        {"V\t290223165653Z\t\t01\tunknown\t/CN=x\t", "six columns"},
        {"R 290223165653Z 261121165658Z 01 unknown /CN=x", "six columns"},
        {"S\t290223165653Z\t\t01\tunknown\t/CN=x", "status \"S\""},
        {"\t290223165653Z\t\t01\tunknown\t/CN=x", "status \"\""},
        {"r\t290223165653Z\t261121165658Z\t01\tunknown\t/CN=x", "status \"r\""},
        {"V\t290223165653Z\t261121165658Z\t01\tunknown\t/CN=x", "there is a revocation time"},
        {"E\t290223165653Z\t261121165658Z\t01\tunknown\t/CN=x", "there is a revocation time"},
        {"R\t290223165653Z\t\t01\tunknown\t/CN=x", "not a valid revocation time"},
        {"V\t290230165653Z\t\t01\tunknown\t/CN=x", "not a valid expiry time"},
        {"V\t\t\t01\tunknown\t/CN=x", "not a valid expiry time"},
        {"V\t290223165653Z\t\t1\tunknown\t/CN=x", "even number"},
        {"V\t290223165653Z\t\t\tunknown\t/CN=x", "even number"},
        {"V\t290223165653Z\t\t0g\tunknown\t/CN=x", "even number"},
        {"V\t290223165653Z\t\t-01\tunknown\t/CN=x", "even number"},
        {"V\t290223165653Z\t\t010203040506070809101112131415161718192021\tunknown\t/CN=x",
         "longer than 20 octets"},
    };
    struct index_file index;
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        assert_false(parse(BAD[i].text, &index));
        assert_ptr_equal(strstr(err.text, "index.txt:1: "), err.text);
        assert_non_null(strstr(err.text, BAD[i].said));
    }
    struct str zero = STR("V\t290223165653Z\t\t01\tunknown\t/CN=x\0\n");
    assert_false(index_file_parse(zero, "index.txt", &arena, &index, &err));
}

static void long_serials(void **state)
{
    struct index_file index;
    assert_true(parse(
        "V\t290223165653Z\t\tFF02030405060708091011121314151617181920\tunknown\t/CN=x", &index));
    assert_int_equal(index.items[0].serial.n, 21);
}

/* A tab in a name, a file of another system, and one whose last line has no end. */
static void odd_files(void **state)
{
    struct index_file index;
    assert_true(parse("V\t290223165653Z\t\t01\tunknown\t/CN=a\\\tb\\x\n", &index));
    ASSERT_STR(index.items[0].subject, "/CN=a\tb\\x");
    assert_true(parse("V\t290223165653Z\t\t01\tunknown\t/CN=a\r\n"
                      "R\t290223165653Z\t261121165658Z\t02\tunknown\t/CN=b",
                      &index));
    ASSERT_STR(index.items[0].subject, "/CN=a");
    assert_true(index.n == 2 && index.items[1].revoked);
    assert_true(parse("", &index));
    assert_int_equal(index.n, 0);
}

static void one_serial_twice(void **state)
{
    struct index_file index;
    assert_false(parse("V\t290223165653Z\t\t0A\tunknown\t/CN=a\n"
                       "V\t290223165653Z\t\t0B\tunknown\t/CN=b\n"
                       "R\t290223165653Z\t261121165658Z\t0a\tunknown\t/CN=c\n",
                       &index));
    assert_string_equal(err.text, "index.txt:3: the serial number 0A is also on line 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_kinds),
        cmocka_unit_test(reasons),
        cmocka_unit_test(reasons_that_are_refused),
        cmocka_unit_test(lines_that_are_refused),
        cmocka_unit_test(long_serials),
        cmocka_unit_test(odd_files),
        cmocka_unit_test(one_serial_twice),
    };
    arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
