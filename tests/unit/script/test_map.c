/* SPDX-License-Identifier: Apache-2.0 */
/* map: the order of keys, masks, expressions; the answers are nginx 1.22's. */
#include "script/map.h"

#include "facts.h"

static void add(struct facts *facts, struct map *map, const char *key, const char *value)
{
    struct error err;
    struct template tmpl = facts_template(facts, value);
    const struct regex *regex;
    bool ok;
    if (strcmp(key, "default") == 0) {
        ok = map_set_default(map, tmpl, &err);
    } else if (key[0] == '~') {
        bool ignore_case = key[1] == '*';
        ok =
            variables_regex(&facts->vars, str_of(key + 1 + ignore_case), ignore_case, &regex, &err);
        map_add_regex(map, regex, tmpl);
    } else {
        ok = map_add(map, str_of(key), tmpl, &err);
    }
    if (!ok) {
        fail_msg("%s: %s", key, err.text);
    }
}

struct answer {
    const char *k;
    const char *want;
};

static void check(struct facts *facts, const struct map *map, const struct answer *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char args[64];
        snprintf(args, sizeof(args), "k=%s", rows[i].k);
        struct value value = map_eval(map, facts_request(facts, "/m", args));
        assert_int_equal(value.state, VALUE_SET);
        if (!str_eq(value.s, str_of(rows[i].want))) {
            fail_msg("%s -> %.*s, want %s", rows[i].k, STR_ARG(value.s), rows[i].want);
        }
    }
}

static void exact_then_expressions_in_order(void **state)
{
    static const struct answer rows[] = {
        {"", "EMPTY"},  {"Exact", "X"}, {"eXACT", "X"},  {"re1-2", "R:1:2"}, {"rex", "second"},
        {"ciZ", "I:Z"}, {"RE1-2", "D"}, {"tpl", "[/m]"}, {"zz", "D"},
    };
    struct facts facts;
    facts_init(&facts);
    struct map *map = map_new(&facts.arena, facts_template(&facts, "$arg_k"));
    add(&facts, map, "~^re(?<rn>.+)-(.*)$", "R:$rn:$2");
    add(&facts, map, "~*^CI(.)", "I:$1");
    add(&facts, map, "~^re", "second");
    add(&facts, map, "~^Exact", "never");
    add(&facts, map, "~^$", "never: no expression is asked about the empty text");
    add(&facts, map, "default", "D");
    add(&facts, map, "Exact", "X");
    add(&facts, map, "tpl", "[$uri]");
    check(&facts, map, rows + 1, COUNT_OF(rows) - 1);
    check(&facts, map, &(struct answer){"", "D"}, 1);
    add(&facts, map, "", "EMPTY");
    check(&facts, map, rows, COUNT_OF(rows));
    facts_deinit(&facts);
}

static void hostnames_have_masks(void **state)
{
    static const struct answer rows[] = {
        {"a.example.com", "exact"},
        {"A.example.COM.", "exact"},
        {"b.example.com", "p1"},
        {"c.d.example.com", "p1"},
        {"example.com", "p2"},
        {"x.com", "p2"},
        {"com", "D"},
        {".com", "p2"},
        {"dot.org", "dot"},
        {"a.dot.org", "dot"},
        {"xdot.org", "D"},
        {"www.x", "s1"},
        {"www.example.net", "s2"},
        {"www.example", "s1"},
        {"www.example.com", "p1"},
        {"mail.a.b", "s3"},
        {"www.", "re"},
        {"wwwx", "re"},
        {".", "D"},
        {"..", "D"},
        {".example.com", "p1"},
    };
    struct facts facts;
    facts_init(&facts);
    struct map *map = map_new(&facts.arena, facts_template(&facts, "$arg_k"));
    map_set_hostnames(map);
    add(&facts, map, "default", "D");
    add(&facts, map, "a.example.com", "exact");
    add(&facts, map, "*.example.com", "p1");
    add(&facts, map, "*.com", "p2");
    add(&facts, map, ".dot.org", "dot");
    add(&facts, map, "www.*", "s1");
    add(&facts, map, "www.example.*", "s2");
    add(&facts, map, "mail.*", "s3");
    add(&facts, map, "~^www", "re");
    check(&facts, map, rows, COUNT_OF(rows));
    facts_deinit(&facts);
}

static void without_hostnames_masks_are_texts(void **state)
{
    static const struct answer rows[] = {{"*.com", "mask"}, {"a.com", ""}, {"a.com.", ""}};
    struct facts facts;
    facts_init(&facts);
    struct map *map = map_new(&facts.arena, facts_template(&facts, "$arg_k"));
    add(&facts, map, "*.com", "mask");
    check(&facts, map, rows, COUNT_OF(rows));
    facts_deinit(&facts);
}

static void conflicts_and_bad_masks_are_refused(void **state)
{
    static const struct {
        const char *first;
        const char *second;
        const char *text;
    } rows[] = {
        {"a", "A", "conflicting parameter \"A\""},
        {"a.b", ".a.b", "conflicting parameter \".a.b\""},
        {".a.b", "a.b", "conflicting parameter \"a.b\""},
        {"*.a.b", ".a.b", "conflicting parameter \".a.b\""},
        {".a.b", "*.a.b", "conflicting parameter \"*.a.b\""},
        {"a.*", "A.*", "conflicting parameter \"A.*\""},
        {"x", "a..b", "invalid hostname or wildcard \"a..b\""},
        {"x", "a*b", "invalid hostname or wildcard \"a*b\""},
        {"x", "*.", "invalid hostname or wildcard \"*.\""},
        {"x", "*.a.*", "invalid hostname or wildcard \"*.a.*\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        struct error err;
        facts_init(&facts);
        struct template value = facts_template(&facts, "v");
        struct map *map = map_new(&facts.arena, facts_template(&facts, "$arg_k"));
        map_set_hostnames(map);
        assert_true(map_add(map, str_of(rows[i].first), value, &err));
        assert_false(map_add(map, str_of(rows[i].second), value, &err));
        assert_string_equal(err.text, rows[i].text);
        facts_deinit(&facts);
    }
}

static void one_default(void **state)
{
    struct facts facts;
    struct error err;
    facts_init(&facts);
    struct map *map = map_new(&facts.arena, facts_template(&facts, "$arg_k"));
    assert_true(map_set_default(map, facts_template(&facts, "1"), &err));
    assert_false(map_set_default(map, facts_template(&facts, "2"), &err));
    assert_string_equal(err.text, "duplicate default map parameter");
    facts_deinit(&facts);
}

static void volatile_maps_are_asked_again(void **state)
{
    struct facts facts;
    struct error err;
    facts_init(&facts);
    for (int is_volatile = 0; is_volatile < 2; is_volatile++) {
        struct map *map = map_new(&facts.arena, facts_template(&facts, "$arg_v"));
        assert_true(map_set_default(map, facts_template(&facts, "$uri"), &err));
        assert_true(variables_define(&facts.vars, is_volatile ? STR("vol") : STR("kept"),
                                     VARIABLE_MAP, map, is_volatile, &err));
    }
    struct template both = facts_template(&facts, "$kept$vol");
    struct scope *scope = facts_request(&facts, "/1", "");
    assert_str(template_eval(&both, scope).s, "/1/1");
    facts.uri = STR("/2");
    assert_str(template_eval(&both, scope).s, "/1/2");
    facts_deinit(&facts);
}

static void unknown_subject_unknown_value(void **state)
{
    struct facts facts;
    facts_init(&facts);
    struct map *map = map_new(&facts.arena, facts_template(&facts, "$mystery"));
    assert_int_equal(map_eval(map, facts_request(&facts, "/", "")).state, VALUE_UNKNOWN);
    facts_deinit(&facts);
}

static void an_expression_at_its_limit_gives_no_value(void **state)
{
    static const struct answer twins[] = {{"aaa", "F"}, {"b", "D"}};
    struct facts facts;
    facts_init(&facts);
    struct map *map = map_new(&facts.arena, facts_template(&facts, "$arg_k"));
    add(&facts, map, "~^(a+)+$", "F");
    add(&facts, map, "default", "D");
    check(&facts, map, twins, COUNT_OF(twins));
    struct scope *scope =
        facts_request(&facts, "/m", "k=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
    assert_null(scope->failed);
    struct value value = map_eval(map, scope);
    assert_int_equal(value.state, VALUE_ABSENT);
    assert_string_equal(regex_pattern(scope->failed), "^(a+)+$");
    facts_deinit(&facts);
}

static void its_lines_are_told(void **state)
{
    struct facts facts;
    struct map_line line;
    facts_init(&facts);
    struct map *map = map_new(&facts.arena, facts_template(&facts, "$arg_k"));
    map_set_place(map, (struct line_place){"a.conf", 3});
    map_set_place(map, (struct line_place){"a.conf", 4});
    add(&facts, map, "one", "1");
    assert_null(map_default(map).place.file);
    map_set_place(map, (struct line_place){"a.conf", 5});
    add(&facts, map, "default", "D");
    map_set_place(map, (struct line_place){"b.conf", 1});
    add(&facts, map, "~^two", "2");
    assert_int_equal(map_place(map).line, 3);
    assert_true(map_row_at(map, 0, &line));
    assert_true(str_eq(line.key, STR("one")) && !line.regex && line.place.line == 4);
    assert_true(map_row_at(map, 1, &line));
    assert_string_equal(regex_pattern(line.regex), "^two");
    assert_string_equal(line.place.file, "b.conf");
    assert_true(str_eq(line.value->text, STR("2")));
    assert_false(map_row_at(map, 2, &line));
    assert_int_equal(map_default(map).place.line, 5);
    facts_deinit(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_then_expressions_in_order),
        cmocka_unit_test(hostnames_have_masks),
        cmocka_unit_test(without_hostnames_masks_are_texts),
        cmocka_unit_test(conflicts_and_bad_masks_are_refused),
        cmocka_unit_test(one_default),
        cmocka_unit_test(volatile_maps_are_asked_again),
        cmocka_unit_test(unknown_subject_unknown_value),
        cmocka_unit_test(an_expression_at_its_limit_gives_no_value),
        cmocka_unit_test(its_lines_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
