/* SPDX-License-Identifier: Apache-2.0 */
/* A guess at what a pattern matches does match it, or is refused by it and so of no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "script/example.h"
#include "script/regex.h"

static bool is_matched(const char *pattern, struct str text)
{
    struct regex *regex;
    struct error err;
    assert_true(regex_compile(str_of(pattern), false, &regex, &err));
    bool yes = regex_match(regex, text, NULL) == MATCH_YES;
    regex_free(regex);
    return yes;
}

static void guesses_match(void **state)
{
    static const char *const PATTERNS[] = {
        "^/x$",
        "[.]php$",
        "\\.(png|jpe?g)$",
        "^/(?<who>[a-z]+)/",
        "^/u/([^/]+)/(?:keys|tokens)(/.*)?$",
        "^/(?P<id>\\d{3,5})-[[:alpha:]]?\\w+$",
        "(?i)^/Admin",
        "^/(?!public)private",
        "^/[^a-y]+$",
        "^/[]x]y$",
        "^/a(b(c|d){2}){3}$",
        "^/v[0-9]+?/.{4}$",
        "^(?<name>[a-z]+)[.]q[.]test$",
        "",
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(PATTERNS); i++) {
        for (int full = 0; full < 2; full++) {
            struct str text = example_of(str_of(PATTERNS[i]), full, &arena);
            if (!is_matched(PATTERNS[i], text)) {
                fail_msg("%s: \"%.*s\"", PATTERNS[i], STR_ARG(text));
            }
        }
    }
    arena_deinit(&arena);
}

static void optional_parts_are_a_choice(void **state)
{
    struct arena arena;
    arena_init(&arena, 0);
    assert_true(str_eq(example_of(STR("^/a(b)?c*d+$"), false, &arena), STR("/ad")));
    assert_true(str_eq(example_of(STR("^/a(b)?c*d+$"), true, &arena), STR("/abcd")));
    arena_deinit(&arena);
}

/* What no guess is made of ends, within bounds. */
static void strange_patterns_end(void **state)
{
    static const char *const PATTERNS[] = {
        "(", "[", "\\", "a{", "(?<n", "(?", ")x", "[^", "a{99999}", "((((a{64}){64}){64}){64})"};
    struct arena arena;
    arena_init(&arena, 0);
    struct str deep = STR("");
    for (size_t i = 0; i < 100; i++) {
        deep = arena_concat(&arena, deep, STR("(x"));
    }
    assert_true(example_of(deep, true, &arena).n <= 100);
    for (size_t i = 0; i < COUNT_OF(PATTERNS); i++) {
        assert_true(example_of(str_of(PATTERNS[i]), true, &arena).n <= 4096);
    }
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guesses_match),
        cmocka_unit_test(optional_parts_are_a_choice),
        cmocka_unit_test(strange_patterns_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
