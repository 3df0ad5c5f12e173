/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/asn1_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"

static bool seconds_of(const char *text, time_t *out)
{
    ASN1_TIME *time = ASN1_TIME_new();
    ASN1_STRING_set(time, text, -1);
    time->type = strlen(text) > 13 ? V_ASN1_GENERALIZEDTIME : V_ASN1_UTCTIME;
    bool ok = asn1_time_get(time, out);
    ASN1_TIME_free(time);
    return ok;
}

static void times_are_seconds_since_the_epoch(void **state)
{
    (void)state;
    time_t out;
    assert_true(seconds_of("700101000000Z", &out) && out == 0);
    assert_true(seconds_of("691231235959Z", &out) && out == -1);
    assert_true(seconds_of("20380119031408Z", &out) && out == (time_t)INT32_MAX + 1);
    assert_true(seconds_of("99991231235959Z", &out) && out == 253402300799);
}

static void what_is_no_time_has_none(void **state)
{
    (void)state;
    const char *rows[] = {"", "x", "701301000000Z", "700100000000Z", "20230229000000Z"};
    time_t out;
    assert_false(asn1_time_get(NULL, &out));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_false(seconds_of(rows[i], &out));
    }
}

static void dates_are_told_in_gmt(void **state)
{
    (void)state;
    char text[ASN1_TIME_TEXT_MAX];
    assert_string_equal(asn1_date_text(0, text), "Jan  1 00:00:00 1970 GMT");
    assert_string_equal(asn1_date_text(253402300799, text), "Dec 31 23:59:59 9999 GMT");
    assert_string_equal(asn1_date_text(253402300800, text), "an unreadable date");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_seconds_since_the_epoch),
        cmocka_unit_test(what_is_no_time_has_none),
        cmocka_unit_test(dates_are_told_in_gmt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
