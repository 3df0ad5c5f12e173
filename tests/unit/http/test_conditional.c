/* SPDX-License-Identifier: Apache-2.0 */
/* Conditional requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/conditional.h"

static const char then[] = "Sun, 06 Nov 1994 08:49:37 GMT";
static const char before[] = "Sun, 06 Nov 1994 08:49:36 GMT";
static const char after[] = "Sun, 06 Nov 1994 08:49:38 GMT";
enum { THEN = 784111777 };

static struct arena arena;

static int teardown(void **state)
{
    arena_deinit(&arena);
    return 0;
}

struct field {
    const char *name;
    const char *value;
};

static struct headers fields_of(const struct field *fields)
{
    struct headers headers = {0};
    for (size_t i = 0; i < 2 && fields[i].name; i++) {
        headers_add(&headers, &arena, str_of(fields[i].name), str_of(fields[i].value));
    }
    return headers;
}

static void conditions_are_decided_as_nginx_does(void **state)
{
    static const struct {
        struct field fields[2];
        enum since since;
        const char *etag;
        time_t modified;
        enum precondition want;
    } cases[] = {
        {{{0}}, SINCE_EXACT, "\"a\"", THEN, CONDITION_NONE},
        {{{"If-Modified-Since", then}}, SINCE_EXACT, "", THEN, CONDITION_NOT_MODIFIED},
        {{{"If-Modified-Since", after}}, SINCE_EXACT, "", THEN, CONDITION_NONE},
        {{{"If-Modified-Since", after}}, SINCE_BEFORE, "", THEN, CONDITION_NOT_MODIFIED},
        {{{"If-Modified-Since", before}}, SINCE_BEFORE, "", THEN, CONDITION_NONE},
        {{{"If-Modified-Since", then}}, SINCE_OFF, "", THEN, CONDITION_NONE},
        {{{"If-Modified-Since", then}}, SINCE_EXACT, "", -1, CONDITION_NONE},
        {{{"If-Modified-Since", "x"}}, SINCE_BEFORE, "", THEN, CONDITION_NONE},
        {{{"If-None-Match", "\"a\""}}, SINCE_EXACT, "\"a\"", THEN, CONDITION_NOT_MODIFIED},
        {{{"If-None-Match", "W/\"a\""}}, SINCE_EXACT, "\"a\"", THEN, CONDITION_NOT_MODIFIED},
        {{{"If-None-Match", "\"b\" , \"a\""}}, SINCE_EXACT, "W/\"a\"", -1, CONDITION_NOT_MODIFIED},
        {{{"If-None-Match", "\"b,\"a\""}}, SINCE_EXACT, "\"a\"", THEN, CONDITION_NONE},
        {{{"If-None-Match", "\"ab\""}}, SINCE_EXACT, "\"a\"", THEN, CONDITION_NONE},
        {{{"If-None-Match", "*"}}, SINCE_EXACT, "", THEN, CONDITION_NOT_MODIFIED},
        {{{"If-None-Match", "\"a\""}}, SINCE_EXACT, "", THEN, CONDITION_NONE},
        {{{"If-None-Match", "\"a\""}, {"If-Modified-Since", before}},
         SINCE_EXACT,
         "\"a\"",
         THEN,
         CONDITION_NONE},
        {{{"If-None-Match", "\"b\""}, {"If-Modified-Since", then}},
         SINCE_EXACT,
         "\"a\"",
         THEN,
         CONDITION_NONE},
        {{{"If-Match", "\"a\""}}, SINCE_EXACT, "\"a\"", THEN, CONDITION_NONE},
        {{{"If-Match", "\"b\""}}, SINCE_EXACT, "\"a\"", THEN, CONDITION_FAILED},
        {{{"If-Match", "W/\"a\""}}, SINCE_EXACT, "\"a\"", THEN, CONDITION_FAILED},
        {{{"If-Match", "W/\"a\""}}, SINCE_EXACT, "W/\"a\"", THEN, CONDITION_FAILED},
        {{{"If-Match", "*"}}, SINCE_EXACT, "", THEN, CONDITION_NONE},
        {{{"If-Unmodified-Since", then}}, SINCE_EXACT, "", THEN, CONDITION_NONE},
        {{{"If-Unmodified-Since", before}}, SINCE_EXACT, "", THEN, CONDITION_FAILED},
        {{{"If-Unmodified-Since", then}}, SINCE_EXACT, "", -1, CONDITION_FAILED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct headers headers = fields_of(cases[i].fields);
        assert_int_equal(
            conditional_check(&headers, str_of(cases[i].etag), cases[i].modified, cases[i].since),
            cases[i].want);
    }
}

static void if_range_needs_a_strong_match(void **state)
{
    static const struct {
        struct field fields[2];
        const char *etag;
        time_t modified;
        bool want;
    } cases[] = {
        {{{0}}, "", -1, true},
        {{{"If-Range", "\"a\""}}, "\"a\"", THEN, true},
        {{{"If-Range", "\"a\""}}, "\"b\"", THEN, false},
        {{{"If-Range", "\"a\""}}, "", THEN, false},
        {{{"If-Range", "W/\"a\""}}, "W/\"a\"", THEN, false},
        {{{"If-Range", then}}, "\"a\"", THEN, true},
        {{{"If-Range", after}}, "\"a\"", THEN, false},
        {{{"If-Range", before}}, "\"a\"", THEN, false},
        {{{"If-Range", then}}, "\"a\"", -1, false},
        {{{"If-Range", "x"}}, "\"a\"", THEN, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct headers headers = fields_of(cases[i].fields);
        assert_int_equal(
            conditional_range_allowed(&headers, str_of(cases[i].etag), cases[i].modified),
            cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(conditions_are_decided_as_nginx_does, teardown),
        cmocka_unit_test_teardown(if_range_needs_a_strong_match, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
