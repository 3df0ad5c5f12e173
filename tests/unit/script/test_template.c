/* SPDX-License-Identifier: Apache-2.0 */
/* Texts with variables: what is one, and what it becomes. */
#include "script/template.h"

#include "facts.h"

static void texts_become_values(void **state)
{
    static const struct {
        const char *source;
        const char *want;
    } rows[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"$uri", "/path"},
        {"${uri}x", "/pathx"},
        {"a$uri-b", "a/path-b"},
        {"$uri$args", "/pathq=1"},
        {"[$arg_none][$arg_Q]", "[][1]"},
        {"$1-$2-$9", "pa-th-"},
        {"$10", "pa0"},
        {"$uri}", "/path}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        struct error err;
        const struct regex *regex;
        facts_init(&facts);
        struct template tmpl = facts_template(&facts, rows[i].source);
        assert_true(variables_regex(&facts.vars, STR("(pa)(th)"), false, &regex, &err));
        struct scope *scope = facts_request(&facts, "/path", "q=1");
        assert_int_equal(scope_match(scope, regex, facts.uri), MATCH_YES);
        struct value value = template_eval(&tmpl, scope);
        assert_int_equal(value.state, VALUE_SET);
        assert_str(value.s, rows[i].want);
        assert_str(tmpl.source, rows[i].source);
        assert_int_equal(tmpl.constant, str_find(tmpl.source, '$') == tmpl.source.n);
        facts_deinit(&facts);
    }
}

static void unknown_parts_make_it_unknown(void **state)
{
    struct facts facts;
    facts_init(&facts);
    struct template one = facts_template(&facts, "$mystery");
    struct template two = facts_template(&facts, "a$mystery");
    struct scope *scope = facts_request(&facts, "/", "");
    assert_int_equal(template_eval(&one, scope).state, VALUE_UNKNOWN);
    assert_int_equal(template_eval(&two, scope).state, VALUE_UNKNOWN);
    facts_deinit(&facts);
}

static void broken_texts_are_refused(void **state)
{
    static const struct {
        const char *source;
        const char *text;
    } rows[] = {
        {"$", "invalid variable name"},
        {"a$-b", "invalid variable name"},
        {"${", "invalid variable name"},
        {"${}", "invalid variable name"},
        {"${a", "the closing bracket in \"a\" variable is missing"},
        {"${a-}", "the closing bracket in \"a\" variable is missing"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        struct error err;
        struct template tmpl;
        facts_init(&facts);
        assert_false(template_compile(str_of(rows[i].source), &facts.vars, &facts.arena, "f", 1,
                                      &tmpl, &err));
        assert_string_equal(err.text, rows[i].text);
        facts_deinit(&facts);
    }
}

/* "$0" and "${1}" are names, as in nginx, and nobody defines them. */
static void numbers_in_names_are_no_captures(void **state)
{
    static const char *const sources[] = {"$0", "${1}"};
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        struct facts facts;
        struct error err;
        facts_init(&facts);
        facts_template(&facts, sources[i]);
        assert_false(variables_check(&facts.vars, NULL, &err));
        facts_deinit(&facts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_values),
        cmocka_unit_test(unknown_parts_make_it_unknown),
        cmocka_unit_test(broken_texts_are_refused),
        cmocka_unit_test(numbers_in_names_are_no_captures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
