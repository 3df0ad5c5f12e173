/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"

static enum der_result header_of(struct str in, struct der_header *out)
{
    return der_header((const unsigned char *)in.p, in.n, out);
}

static void headers(void **state)
{
    (void)state;
    const struct {
        struct str in;
        uint8_t tag, size;
        uint64_t length;
    } rows[] = {
        {STR("\x30\x00"), 0x30, 2, 0},
        {STR("\x30\x7f"), 0x30, 2, 127},
        {STR("\x04\x81\x80"), 0x04, 3, 128},
        {STR("\x04\x82\x01\x00"), 0x04, 4, 256},
        {STR("\x04\x86\xff\xff\xff\xff\xff\xff"), 0x04, 8, 0xffffffffffff},
        {STR("\x1e\x01"), 0x1e, 2, 1},
    };
    struct der_header got;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(header_of(rows[i].in, &got), DER_DONE);
        assert_int_equal(got.tag, rows[i].tag);
        assert_int_equal(got.size, rows[i].size);
        assert_int_equal(got.length, rows[i].length);
        for (size_t n = 0; n < rows[i].in.n; n++) {
            assert_int_equal(header_of(str_head(rows[i].in, n), &got), DER_SHORT);
        }
    }
    const struct str bad[] = {
        STR("\x1f\x01"),                             /* a tag above 30 */
        STR("\x30\x80"),                             /* indefinite */
        STR("\x04\x81\x7f"),                         /* longer than it needs to be */
        STR("\x04\x82\x00\x80"),                     /* the same, with zeros in front */
        STR("\x04\x87\x01\x00\x00\x00\x00\x00\x00"), /* above 2^48 */
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(header_of(bad[i], &got), DER_BAD);
    }
}

static void elements_are_taken_off(void **state)
{
    (void)state;
    struct str in = STR("\x02\x01\x07\x04\x02xy"), content;
    uint8_t tag;
    assert_true(der_expect(&in, DER_INTEGER, &content));
    assert_true(str_eq(content, STR("\x07")));
    assert_true(der_next(&in, &tag, &content));
    assert_int_equal(tag, DER_OCTET_STRING);
    assert_true(str_eq(content, STR("xy")));
    assert_int_equal(in.n, 0);
    assert_false(der_next(&in, &tag, &content));
    struct str cut = STR("\x04\x03xy"), other = STR("\x04\x01x");
    assert_false(der_next(&cut, &tag, &content));
    assert_false(der_expect(&other, DER_INTEGER, &content));
}

static void integers_are_minimal(void **state)
{
    (void)state;
    const struct str good[] = {STR("\0"), STR("\x7f"), STR("\0\x80"), STR("\xff\x7f"), STR("\x80")};
    const struct str bad[] = {STR(""), STR("\0\0"), STR("\0\x7f"), STR("\xff\x80")};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(der_integer_valid(good[i]));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(der_integer_valid(bad[i]));
    }
    assert_true(str_eq(der_integer_octets(STR("\0\0\x80\0")), STR("\x80\0")));
    assert_int_equal(der_integer_octets(STR("\0")).n, 0);
}

static void times(void **state)
{
    (void)state;
    const struct {
        uint8_t tag;
        struct str text;
        int64_t seconds;
    } good[] = {
        {DER_UTC_TIME, STR("700101000000Z"), 0},
        {DER_UTC_TIME, STR("491231235959Z"), 2524607999},
        {DER_UTC_TIME, STR("500101000000Z"), -631152000}, /* 1950 */
        {DER_UTC_TIME, STR("000229000000Z"), 951782400},
        {DER_GENERALIZED_TIME, STR("20500101000000Z"), 2524608000},
        {DER_GENERALIZED_TIME, STR("99991231235959Z"), 253402300799},
    };
    const struct {
        uint8_t tag;
        struct str text;
    } bad[] = {
        {DER_UTC_TIME, STR("7001010000Z")},   /* no seconds */
        {DER_UTC_TIME, STR("7001010000000")}, /* no zone */
        {DER_UTC_TIME, STR("70010100+0100")}, /* another one */
        {DER_UTC_TIME, STR("010229000000Z")}, /* no leap year */
        {DER_UTC_TIME, STR("701301000000Z")},
        {DER_UTC_TIME, STR("700100000000Z")},
        {DER_UTC_TIME, STR("700101240000Z")},
        {DER_UTC_TIME, STR("700101006000Z")},
        {DER_UTC_TIME, STR("700101000060Z")},
        {DER_UTC_TIME, STR("x00101000000Z")},
        {DER_UTC_TIME, STR("20500101000000Z")},
        {DER_GENERALIZED_TIME, STR("700101000000Z")},
        {DER_GENERALIZED_TIME, STR("21000229000000Z")},
        {DER_INTEGER, STR("700101000000Z")},
    };
    int64_t got;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(der_time(good[i].tag, good[i].text, &got));
        assert_int_equal(got, good[i].seconds);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(der_time(bad[i].tag, bad[i].text, &got));
    }
}

static void oids(void **state)
{
    (void)state;
    char text[DER_OID_TEXT_MAX];
    assert_string_equal(der_oid_text(STR("\x55\x1d\x1c"), text), "2.5.29.28");
    assert_string_equal(der_oid_text(STR(""), text), "unreadable");
    assert_string_equal(der_oid_text(STR("\x55\x80"), text), "unreadable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(elements_are_taken_off),
        cmocka_unit_test(integers_are_minimal),
        cmocka_unit_test(times),
        cmocka_unit_test(oids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
