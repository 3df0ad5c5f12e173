/* SPDX-License-Identifier: Apache-2.0 */
/* split_clients: the buckets nginx 1.22 put the same texts into. */
#include "script/split.h"

#include "facts.h"

static void buckets_are_those_of_nginx(void **state)
{
    /* By key0, key1, … key59, with 0.5% a, 10% b, 33.33% c, 20.1% d, * e. */
    static const char by_key[] = "debeeebdedeeeeccbdceecccdecdcdcebececedcceeeccdddccdceeecceb";
    static const struct {
        const char *k;
        const char *want;
    } rows[] = {{"", "a"}, {"a", "d"}, {"ab", "b"}, {"abc", "b"}, {"abcd", "c"}, {"%ff%fe", "b"}};
    struct facts facts;
    struct error err;
    facts_init(&facts);
    struct split *split = split_new(&facts.arena, facts_template(&facts, "$arg_k"));
    assert_true(split_add(split, 50, STR("a"), &err));
    assert_true(split_add(split, 1000, STR("b"), &err));
    assert_true(split_add(split, 3333, STR("c"), &err));
    assert_true(split_add(split, 2010, STR("d"), &err));
    assert_true(split_add(split, 0, STR("e"), &err));
    char args[32];
    for (size_t i = 0; i < sizeof(by_key) - 1; i++) {
        snprintf(args, sizeof(args), "k=key%zu", i);
        const char want[] = {by_key[i], '\0'};
        assert_str(split_eval(split, facts_request(&facts, "/", args)).s, want);
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(args, sizeof(args), "k=%s", rows[i].k);
        assert_str(split_eval(split, facts_request(&facts, "/", args)).s, rows[i].want);
    }
    facts_deinit(&facts);
}

static void what_is_left_over_is_empty(void **state)
{
    struct facts facts;
    struct error err;
    facts_init(&facts);
    struct split *split = split_new(&facts.arena, facts_template(&facts, "$arg_k"));
    assert_true(split_add(split, 5001, STR("b"), &err));
    struct value value = split_eval(split, facts_request(&facts, "/", "k=key0"));
    assert_int_equal(value.state, VALUE_SET);
    assert_str(value.s, "");
    assert_str(split_eval(split, facts_request(&facts, "/", "k=key2")).s, "b");
    struct split *unknown = split_new(&facts.arena, facts_template(&facts, "$mystery"));
    assert_int_equal(split_eval(unknown, facts_request(&facts, "/", "")).state, VALUE_UNKNOWN);
    facts_deinit(&facts);
}

static void more_than_all_is_refused(void **state)
{
    static const unsigned sums[][2] = {{5000, 5001}, {0, 100}, {10000, 1}, {1, 4294967295u}};
    for (size_t i = 0; i < COUNT_OF(sums); i++) {
        struct facts facts;
        struct error err;
        facts_init(&facts);
        struct split *split = split_new(&facts.arena, facts_template(&facts, "$arg_k"));
        assert_true(split_add(split, sums[i][0], STR("a"), &err));
        assert_false(split_add(split, sums[i][1], STR("b"), &err));
        assert_string_equal(err.text, "percent total is greater than 100%");
        facts_deinit(&facts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_are_those_of_nginx),
        cmocka_unit_test(what_is_left_over_is_empty),
        cmocka_unit_test(more_than_all_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
