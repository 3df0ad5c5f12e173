/* SPDX-License-Identifier: Apache-2.0 */
/* Which names may be defined by whom, and which are unknown. */
#include "script/variables.h"

#include "facts.h"

static void names_ignore_case_and_prefixes_resolve(void **state)
{
    struct facts facts;
    facts_init(&facts);
    struct variable *uri = variables_use(&facts.vars, STR("URI"), "f", 1);
    assert_int_equal(uri->kind, VARIABLE_BUILTIN);
    assert_ptr_equal(uri, variables_use(&facts.vars, STR("uri"), "f", 2));
    assert_int_equal(uri->line, 1);
    assert_true(uri->volatile_);

    struct variable *arg = variables_use(&facts.vars, STR("arg_Name"), NULL, 0);
    assert_int_equal(arg->kind, VARIABLE_BUILTIN);
    assert_str(arg->suffix, "name");
    /* A row of its own is stronger than its family. */
    struct variable *xff = variables_use(&facts.vars, STR("http_x_forwarded_for"), NULL, 0);
    assert_false(xff->source.builtin->prefix);
    facts_deinit(&facts);
}

static void unknown_names_are_named(void **state)
{
    struct facts facts;
    struct error err;
    facts_init(&facts);
    struct variable *x = variables_use(&facts.vars, STR("Nope"), "a.conf", 7);
    assert_int_equal(x->kind, VARIABLE_UNDEFINED);
    assert_false(variables_check(&facts.vars, NULL, &err));
    assert_string_equal(err.text, "unknown \"nope\" variable in a.conf:7");

    struct errors all;
    errors_init(&all);
    (void)variables_use(&facts.vars, STR("neither"), "a.conf", 9);
    assert_false(variables_check(&facts.vars, &all, &err));
    assert_string_equal(err.text, "unknown \"nope\" variable in a.conf:7");
    assert_int_equal(all.n, 2);
    assert_string_equal(all.items[1], "unknown \"neither\" variable in a.conf:9");
    errors_deinit(&all);

    struct variable *set;
    assert_true(variables_define_set(&facts.vars, STR("neither"), &set, &err));
    assert_true(variables_define_set(&facts.vars, STR("nope"), &set, &err));
    assert_ptr_equal(set, x);
    assert_true(variables_check(&facts.vars, NULL, &err));
    facts_deinit(&facts);
}

static void set_may_not_take_what_is_taken(void **state)
{
    struct facts facts;
    struct error err;
    struct variable *out;
    facts_init(&facts);
    assert_false(variables_define_set(&facts.vars, STR("uri"), &out, &err));
    assert_string_equal(err.text, "the duplicate \"uri\" variable");
    assert_false(variables_define_set(&facts.vars, STR(""), &out, &err));
    assert_string_equal(err.text, "invalid variable name \"$\"");
    assert_true(variables_define_set(&facts.vars, STR("args"), &out, &err));
    assert_true(variables_define_set(&facts.vars, STR("http_x"), &out, &err));
    assert_true(variables_define_set(&facts.vars, STR("a"), &out, &err));
    assert_true(variables_define_set(&facts.vars, STR("a"), &out, &err));

    int source;
    assert_true(variables_define(&facts.vars, STR("m"), VARIABLE_MAP, &source, true, &err));
    assert_true(variables_use(&facts.vars, STR("m"), NULL, 0)->volatile_);
    assert_false(variables_define_set(&facts.vars, STR("m"), &out, &err));
    assert_false(variables_define(&facts.vars, STR("m"), VARIABLE_GEO, &source, false, &err));
    assert_false(variables_define(&facts.vars, STR("a"), VARIABLE_GEO, &source, false, &err));
    assert_false(variables_define(&facts.vars, STR("uri"), VARIABLE_MAP, &source, false, &err));
    assert_true(variables_define(&facts.vars, STR("http_y"), VARIABLE_MAP, &source, false, &err));
    facts_deinit(&facts);
}

static void named_groups_are_variables(void **state)
{
    struct facts facts;
    struct error err;
    const struct regex *regex;
    facts_init(&facts);
    assert_true(variables_regex(&facts.vars, STR("(?<who>.)"), false, &regex, &err));
    assert_int_equal(variables_use(&facts.vars, STR("who"), NULL, 0)->kind, VARIABLE_SET);
    assert_false(variables_regex(&facts.vars, STR("(?<uri>.)"), false, &regex, &err));
    assert_string_equal(err.text, "the duplicate \"uri\" variable");
    assert_false(variables_regex(&facts.vars, STR("("), false, &regex, &err));
    facts_deinit(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_ignore_case_and_prefixes_resolve),
        cmocka_unit_test(unknown_names_are_named),
        cmocka_unit_test(set_may_not_take_what_is_taken),
        cmocka_unit_test(named_groups_are_variables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
