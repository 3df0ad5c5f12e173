/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes, times and distances, and what is none. */
#include "conf/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct sample {
    const char *text;
    uint64_t value;
};

static void check(bool (*read)(struct str, uint64_t *), const struct sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t value;
        assert_true(read(str_of(samples[i].text), &value));
        assert_int_equal(value, samples[i].value);
    }
}

static void check_refused(bool (*read)(struct str, uint64_t *), const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t value;
        if (read(str_of(texts[i]), &value)) {
            fail_msg("\"%s\" was read as %llu", texts[i], (unsigned long long)value);
        }
    }
}

static void sizes(void **state)
{
    static const struct sample good[] = {
        {"0", 0},        {"512", 512},       {"8k", 8192},
        {"1M", 1 << 20}, {"2g", 2ULL << 30}, {"9223372036854775807", INT64_MAX},
    };
    static const char *const bad[] = {
        "",
        "k",
        "-1",
        "+1",
        "1.5m",
        "1kb",
        "1 k",
        " 1",
        "1t",
        "9223372036854775808",
        "9007199254740992k",
        "99999999999999999999",
    };
    check(value_size, good, COUNT_OF(good));
    check_refused(value_size, bad, COUNT_OF(bad));
}

static void times_in_milliseconds(void **state)
{
    static const struct sample good[] = {
        {"0", 0},         {"60", 60000},      {"500ms", 500},           {"1s500ms", 1500},
        {"1m", 60000},    {"1h30m", 5400000}, {"1d 2h", 93600000},      {"1w", 604800000},
        {"1m 30", 90000}, {"1h ", 3600000},   {"1h30m10s5ms", 5410005},
    };
    static const char *const bad[] = {
        "",
        "s",
        "ms",
        "1x",
        "-1",
        "1.5s",
        "1m1h",
        "1s1s",
        "1M",
        "1y",
        "1hm",
        "5 5",
        "1 ms",
        " 1",
        "9223372036854775807",
        "99999999999999999999",
        "1H",
    };
    check(value_msec, good, COUNT_OF(good));
    check_refused(value_msec, bad, COUNT_OF(bad));
}

static void times_in_seconds(void **state)
{
    static const struct sample good[] = {
        {"5", 5}, {"1m", 60}, {"1M", 2592000}, {"1y", 31536000}, {"1y 1M 1w 1d", 34819200},
    };
    static const char *const bad[] = {"500ms", "1s5ms", "1M1y", "", "m"};
    check(value_sec, good, COUNT_OF(good));
    check_refused(value_sec, bad, COUNT_OF(bad));
}

static void distances(void **state)
{
    assert_int_equal(value_distance(STR("listen"), STR("listen")), 0);
    assert_int_equal(value_distance(STR("listne"), STR("listen")), 2);
    assert_int_equal(value_distance(STR("lisen"), STR("listen")), 1);
    assert_int_equal(value_distance(STR(""), STR("abc")), 3);
    assert_int_equal(value_distance(STR("kitten"), STR("sitting")), 3);
    assert_int_equal(value_distance(STR("root"), STR("ssl_verify_client")), 4);
    static const char long_name[100] = "x";
    assert_int_equal(value_distance((struct str){long_name, 100}, STR("x")), 4);
    assert_int_equal(value_distance((struct str){long_name, 100}, (struct str){long_name, 100}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(times_in_milliseconds),
        cmocka_unit_test(times_in_seconds),
        cmocka_unit_test(distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
