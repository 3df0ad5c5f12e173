/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns, captures, names and limits. */
#include "script/regex.h"

#include <pthread.h>
#include <stdlib.h>

#include "facts.h"

static struct regex *compiled(const char *pattern, bool ignore_case)
{
    struct regex *regex;
    struct error err;
    if (!regex_compile(str_of(pattern), ignore_case, &regex, &err)) {
        fail_msg("%s", err.text);
    }
    return regex;
}

static void captures_are_views_and_unset_groups_empty(void **state)
{
    struct regex *regex = compiled("^(a)(b)?(c)(d)?$", false);
    struct captures captures;
    assert_int_equal(regex_match(regex, STR("ac"), &captures), MATCH_YES);
    assert_int_equal(captures.n, 4);
    assert_str(captures.group[0], "ac");
    assert_str(captures.group[1], "a");
    assert_str(captures.group[2], "");
    assert_str(captures.group[3], "c");
    assert_int_equal(regex_match(regex, STR("AC"), &captures), MATCH_NO);
    assert_int_equal(captures.n, 4);
    regex_free(regex);
    regex_free(NULL);
}

static void case_is_ignored_on_request(void **state)
{
    struct regex *regex = compiled("^abc$", true);
    assert_int_equal(regex_match(regex, STR("aBC"), NULL), MATCH_YES);
    assert_int_equal(regex_match(regex, STR("aBCd"), NULL), MATCH_NO);
    assert_int_equal(regex_match(regex, (struct str){NULL, 0}, NULL), MATCH_NO);
    regex_free(regex);
}

static void a_prefix_excludes_anchored_patterns_alone(void **state)
{
    static const struct {
        const char *pattern;
        const char *prefix;
        bool may;
    } ROWS[] = {
        {"\\.php$", "/secured", true},      {"^/secured/.*\\.php$", "/secured", true},
        {"^/sec", "/secured", true},        {"^/other/.*\\.php$", "/secured", false},
        {"^/secured$", "/secured/", false}, {"^/(a|sec.*)x", "/secured", true},
        {"^/(a|b)", "/secured", false},     {"^/a|x$", "/secured", true},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct regex *regex = compiled(ROWS[i].pattern, false);
        if (regex_may_match_below(regex, str_of(ROWS[i].prefix)) != ROWS[i].may) {
            fail_msg("%s below %s", ROWS[i].pattern, ROWS[i].prefix);
        }
        regex_free(regex);
    }
}

static void names_and_far_groups(void **state)
{
    struct regex *regex = compiled("(.)(.)(.)(.)(.)(.)(.)(.)(.)(?<tenth>.)(?<last>.)?", false);
    size_t n;
    const struct regex_name *names = regex_names(regex, &n);
    assert_int_equal(n, 2);
    struct captures captures;
    struct str subject = STR("1234567890");
    assert_int_equal(regex_match(regex, subject, &captures), MATCH_YES);
    assert_int_equal(captures.n, CAPTURES_MAX);
    for (size_t i = 0; i < n; i++) {
        bool tenth = str_eq(names[i].name, STR("tenth"));
        assert_str(regex_last_group(regex, subject, names[i].group), tenth ? "0" : "");
    }
    regex_free(regex);
}

static void broken_patterns_are_refused(void **state)
{
    static const struct {
        const char *pattern;
        const char *text;
    } rows[] = {
        {"a(b", "pcre2_compile() failed: missing closing parenthesis in \"a(b\""},
        {"a)b", "pcre2_compile() failed: unmatched closing parenthesis in \"a)b\" at \")b\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct regex *regex;
        struct error err;
        assert_false(regex_compile(str_of(rows[i].pattern), false, &regex, &err));
        assert_null(regex);
        assert_string_equal(err.text, rows[i].text);
    }
}

static void backtracking_is_limited(void **state)
{
    struct regex *regex = compiled("^(a+)+$", false);
    char text[64];
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = 'c';
    assert_int_equal(regex_match(regex, (struct str){text, sizeof(text)}, NULL), MATCH_ERROR);
    assert_int_equal(regex_match(regex, STR("aa"), NULL), MATCH_YES);
    regex_free(regex);
}

/* More than the JIT's stack holds: the interpreter takes over. */
static void long_subjects_match(void **state)
{
    struct regex *regex = compiled("^(?:a|b|(c))*$", false);
    size_t n = 60000;
    char *text = malloc(n);
    memset(text, 'a', n);
    assert_int_equal(regex_match(regex, (struct str){text, n}, NULL), MATCH_YES);
    text[n - 1] = 'x';
    assert_int_equal(regex_match(regex, (struct str){text, n}, NULL), MATCH_NO);
    free(text);
    regex_free(regex);
}

static void *match_many(void *regex)
{
    for (size_t i = 0; i < 1000; i++) {
        struct captures captures;
        char text[16];
        int n = snprintf(text, sizeof(text), "k%zu", i);
        struct str subject = {text, (size_t)n};
        if (regex_match(regex, subject, &captures) != MATCH_YES ||
            captures.group[1].n != (size_t)n - 1) {
            return NULL;
        }
    }
    return regex;
}

static void threads_share_a_pattern(void **state)
{
    struct regex *regex = compiled("^k(\\d+)$", false);
    pthread_t threads[3];
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, match_many, regex), 0);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_non_null(result);
    }
    regex_free(regex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_are_views_and_unset_groups_empty),
        cmocka_unit_test(case_is_ignored_on_request),
        cmocka_unit_test(a_prefix_excludes_anchored_patterns_alone),
        cmocka_unit_test(names_and_far_groups),
        cmocka_unit_test(broken_patterns_are_refused),
        cmocka_unit_test(backtracking_is_limited),
        cmocka_unit_test(long_subjects_match),
        cmocka_unit_test(threads_share_a_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
