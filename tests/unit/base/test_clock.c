/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

static void http_dates_have_their_form(void **state)
{
    (void)state;
    char out[CLOCK_HTTP_LEN + 1];
    assert_true(str_eq(clock_format_http(784111777, out), STR("Sun, 06 Nov 1994 08:49:37 GMT")));
    assert_true(str_eq(clock_format_http(0, out), STR("Thu, 01 Jan 1970 00:00:00 GMT")));
    for (time_t t = 0; t < 4102444800; t += 86400 * 13 + 7919) { /* until 2100 */
        struct tm tm;
        char want[64];
        strftime(want, sizeof(want), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&t, &tm));
        assert_string_equal(clock_format_http(t, out).p, want);
    }
}

/* The file system gives any time there is. */
static void a_year_without_four_digits_has_no_http_date(void **state)
{
    (void)state;
    char out[CLOCK_HTTP_LEN + 1];
    const time_t first = -62167219200, last = 253402300799;
    assert_true(str_eq(clock_format_http(first, out), STR("Sat, 01 Jan 0000 00:00:00 GMT")));
    assert_true(str_eq(clock_format_http(last, out), STR("Fri, 31 Dec 9999 23:59:59 GMT")));
    assert_int_equal(clock_format_http(first - 1, out).n, 0);
    assert_int_equal(clock_format_http(last + 1, out).n, 0);
    assert_int_equal(clock_format_http(INT64_MIN, out).n, 0);
    assert_int_equal(clock_format_http(INT64_MAX, out).n, 0);
}

static void log_times_follow_the_time_zone(void **state)
{
    (void)state;
    setenv("TZ", "XYZ-05:30", 1);
    tzset();
    clock_update();
    assert_int_equal(clock_http().n, CLOCK_HTTP_LEN);
    struct str local = clock_local();
    assert_true(str_ends(local, STR(" +0530")));
    assert_int_equal(local.n, sizeof("21/Nov/2026:10:00:00 +0000") - 1);
    assert_true(str_ends(clock_iso8601(), STR("+05:30")));
    assert_int_equal(clock_error_log().n, sizeof("2026/11/21 10:00:00") - 1);
}

static void time_moves_only_when_it_is_read(void **state)
{
    (void)state;
    clock_update();
    struct clock_now first = clock_now();
    assert_true(first.real_ms > 1600000000000);
    assert_true(clock_now().mono_ms == first.mono_ms);
    clock_update();
    assert_true(clock_now().mono_ms >= first.mono_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_dates_have_their_form),
        cmocka_unit_test(a_year_without_four_digits_has_no_http_date),
        cmocka_unit_test(log_times_follow_the_time_zone),
        cmocka_unit_test(time_moves_only_when_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
