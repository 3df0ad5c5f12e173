/* SPDX-License-Identifier: Apache-2.0 */
/* Values during a request: asked once, asked each time, assigned, and cut out of a cycle. */
#include "script/scope.h"

#include "facts.h"
#include "script/map.h"

static void values_are_kept_unless_volatile(void **state)
{
    struct facts facts;
    facts_init(&facts);
    const struct variable *addr = variables_use(&facts.vars, STR("remote_addr"), NULL, 0);
    const struct variable *uri = variables_use(&facts.vars, STR("uri"), NULL, 0);
    struct scope *scope = facts_request(&facts, "/a", "");
    assert_str(scope_get(scope, addr).s, "192.0.2.1");
    facts.remote_addr = STR("other");
    assert_str(scope_get(scope, addr).s, "192.0.2.1");
    assert_int_equal(facts.asked, 1);
    assert_str(scope_get(scope, uri).s, "/a");
    facts.uri = STR("/b");
    assert_str(scope_get(scope, uri).s, "/b");
    facts_deinit(&facts);
}

static void assigned_values_stay(void **state)
{
    struct facts facts;
    struct error err;
    struct variable *x;
    facts_init(&facts);
    const struct variable *arg = variables_use(&facts.vars, STR("arg_q"), NULL, 0);
    const struct variable *args = variables_use(&facts.vars, STR("args"), NULL, 0);
    assert_true(variables_define_set(&facts.vars, STR("x"), &x, &err));
    struct scope *scope = facts_request(&facts, "/", "q=1");
    assert_str(scope_get(scope, arg).s, "1");
    scope_put(scope, args, value_of(STR("q=2")));
    assert_str(facts.args, "q=2");
    assert_str(scope_get(scope, arg).s, "2");
    scope_put(scope, arg, value_of(STR("mine")));
    scope_put(scope, args, value_of(STR("q=3")));
    assert_str(scope_get(scope, arg).s, "mine");

    assert_int_equal(scope_get(scope, x).state, VALUE_SET); /* empty until then */
    assert_str(scope_get(scope, x).s, "");
    scope_put(scope, x, value_of(STR("v")));
    assert_str(scope_get(scope, x).s, "v");
    facts_deinit(&facts);
}

static void named_groups_last_numbers_do_not(void **state)
{
    struct facts facts;
    struct error err;
    const struct regex *one;
    const struct regex *two;
    facts_init(&facts);
    assert_true(variables_regex(&facts.vars, STR("^(?<name>a+)(b)"), false, &one, &err));
    assert_true(variables_regex(&facts.vars, STR("^z"), false, &two, &err));
    const struct variable *name = variables_use(&facts.vars, STR("name"), NULL, 0);
    struct scope *scope = facts_request(&facts, "/", "");
    assert_int_equal(scope_get(scope, name).state, VALUE_ABSENT);
    assert_int_equal(scope_match(scope, one, STR("aab")), MATCH_YES);
    assert_str(scope_get(scope, name).s, "aa");
    assert_str(scope->captures.group[2], "b");
    assert_int_equal(scope_match(scope, one, STR("x")), MATCH_NO);
    assert_str(scope->captures.group[2], "b");
    assert_int_equal(scope_match(scope, two, STR("z")), MATCH_YES);
    assert_int_equal(scope->captures.n, 1);
    assert_str(scope_get(scope, name).s, "aa");
    facts_deinit(&facts);
}

/* $a asks $b twice, $b asks $a twice, nothing is kept: must end, soon and without a crash. */
static void cycles_are_cut(void **state)
{
    for (int is_volatile = 0; is_volatile < 2; is_volatile++) {
        struct facts facts;
        struct error err;
        facts_init(&facts);
        struct map *a = map_new(&facts.arena, facts_template(&facts, "$b$b"));
        struct map *b = map_new(&facts.arena, facts_template(&facts, "$a$a"));
        assert_true(map_set_default(a, facts_template(&facts, "x$b"), &err));
        assert_true(map_set_default(b, facts_template(&facts, "$a$a"), &err));
        assert_true(variables_define(&facts.vars, STR("a"), VARIABLE_MAP, a, is_volatile, &err));
        assert_true(variables_define(&facts.vars, STR("b"), VARIABLE_MAP, b, is_volatile, &err));
        struct scope *scope = facts_request(&facts, "/", "");
        const struct variable *va = variables_use(&facts.vars, STR("a"), NULL, 0);
        assert_int_equal(scope_get(scope, va).state, VALUE_SET);
        assert_int_equal(scope->depth, 0);
        facts_deinit(&facts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_kept_unless_volatile),
        cmocka_unit_test(assigned_values_stay),
        cmocka_unit_test(named_groups_last_numbers_do_not),
        cmocka_unit_test(cycles_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
