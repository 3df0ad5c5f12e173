/* SPDX-License-Identifier: Apache-2.0 */
/* set, if, rewrite, return, break: what nginx 1.22 answered to the same statements and requests. */
#include "script/program.h"

#include "facts.h"

static struct statement *add(struct facts *facts, struct program *program, enum statement_kind kind)
{
    return program_append(program, &facts->arena, kind, "t.conf", 1);
}

static const struct regex *pattern(struct facts *facts, const char *text)
{
    const struct regex *regex;
    struct error err;
    if (!variables_regex(&facts->vars, str_of(text), false, &regex, &err)) {
        fail_msg("%s", err.text);
    }
    return regex;
}

/* As the configuration writes it: without a last '?', which drop_args stands for. */
static void add_rewrite(struct facts *facts, struct program *program, const char *regex,
                        const char *replacement, enum rewrite_flag flag, bool drop_args)
{
    struct statement *s = add(facts, program, STATEMENT_REWRITE);
    s->u.rewrite.regex = pattern(facts, regex);
    s->u.rewrite.replacement = facts_template(facts, replacement);
    s->u.rewrite.flag = flag;
    s->u.rewrite.drop_args = drop_args;
    s->u.rewrite.has_args = strchr(replacement, '?') != NULL;
}

static void add_set(struct facts *facts, struct program *program, const char *name,
                    const char *value)
{
    struct statement *s = add(facts, program, STATEMENT_SET);
    struct variable *variable;
    struct error err;
    assert_true(variables_define_set(&facts->vars, str_of(name), &variable, &err));
    s->u.set.variable = variable;
    s->u.set.value = facts_template(facts, value);
}

static void add_return(struct facts *facts, struct program *program, int status, const char *text)
{
    struct statement *s = add(facts, program, STATEMENT_RETURN);
    s->u.ret.status = status;
    s->u.ret.has_text = text != NULL;
    if (text) {
        s->u.ret.text = facts_template(facts, text);
    }
}

static bool parse(struct facts *facts, const char *words, struct condition *out, struct error *err)
{
    struct str list[8];
    size_t n = 0;
    for (struct str rest = str_of(words); rest.n;) {
        list[n++] = str_split(&rest, ' ');
    }
    return condition_parse(list, n, &facts->vars, &facts->arena, "t.conf", 1, out, err);
}

static struct program *add_if(struct facts *facts, struct program *program, const char *words,
                              const void *location)
{
    struct error err;
    struct statement *s = add(facts, program, STATEMENT_IF);
    if (!parse(facts, words, &s->u.branch.condition, &err)) {
        fail_msg("%s: %s", words, err.text);
    }
    s->u.branch.location = location;
    s->u.branch.body = arena_zalloc(&facts->arena, sizeof(struct program));
    return s->u.branch.body;
}

struct rewrite_row {
    const char *regex;
    const char *replacement;
    enum rewrite_flag flag;
    bool drop_args;
    const char *uri;
    const char *args;
    const char *want_uri; /* or the redirect's URL */
    const char *want_args;
};

static const struct rewrite_row rewrites[] = {
    {"^/a/(.*)$", "/out?x=$1", 0, false, "/a/a&b", "q=1", "/out", "x=a%26b&q=1"},
    {"^/a/(.*)$", "/out?x=$1", 0, false, "/a/a+b&c", "", "/out", "x=a%2Bb%26c"},
    {"^/a/(.*)$", "/out?x=$1", 0, false, "/a/a b", "", "/out", "x=a%20b"},
    {"^/a/(.*)$", "/out?x=$1", 0, true, "/a/a", "q=1", "/out", "x=a"},
    {"^/a/(.*)$", "/o/$1?x=$1", 0, false, "/a/a&b?", "q=1", "/o/a&b?", "x=a%26b%3F&q=1"},
    {"^/a/(.*)$", "/x?$arg_q", 0, false, "/a/", "q=%41", "/x", "%41&q=%41"},
    {"^/a/(.*)$", "/x?$arg_q", 0, false, "/a/", "", "/x", ""},
    {"^/a/(.*)$", "/x?", 0, true, "/a/", "a=b", "/x", ""},
    {"^/a/(.*)$", "/x", 0, false, "/a/", "a=b", "/x", "a=b"},
    {"^/a/(.*)$", "/x", 0, true, "/a/", "a=b", "/x", ""},
    {"^/a/(.*)$", "$1", 0, false, "/a/rel?", "a", "rel?", "a"},
    {"^/b", "/x", 0, false, "/a/", "a=b", "/a/", "a=b"},
    {"^/A", "/x", 0, false, "/a/", "a=b", "/a/", "a=b"},
    {"^/a/(.*)$", "http://h/$1", REWRITE_REDIRECT, false, "/a/a b&c", "q=1", "http://h/a%20b&c?q=1",
     "q=1"},
    {"^/a/(.*)$", "http://h/$1", REWRITE_REDIRECT, false, "/a/a&b", "", "http://h/a&b", ""},
    {"^/a/(.*)$", "http://h/$1?a=b", REWRITE_PERMANENT, false, "/a/a?b", "q=1",
     "http://h/a?b?a=b&q=1", "q=1"},
    {"^/a/(.*)$", "/x/$1", REWRITE_REDIRECT, false, "/a/a/b% \"<\x7f\xe4", "q",
     "/x/a/b%25%20%22<%7F%E4?q", "q"},
    {"^/a/(.*)$", "/x/$1", REWRITE_PERMANENT, true, "/a/a", "b", "/x/a", "b"},
    {"^/a/(.*)$", "/x/$1%41%2fz%z%4?q=%41", REWRITE_REDIRECT, false, "/a/a", "q=1",
     "/x/aA/zzq=A&q=1", "q=1"},
    {"^/a/(.*)$", "/x%3f%41%4", REWRITE_REDIRECT, false, "/a/a", "", "/x?%41%4", ""},
    {"^/a/(.*)$", "/x%4", REWRITE_REDIRECT, false, "/a/a", "", "/x", ""},
    {"^/a/(.*)$", "/x%", REWRITE_REDIRECT, false, "/a/a", "", "/x", ""},
};

static void rewrites_as_nginx(void **state)
{
    for (size_t i = 0; i < COUNT_OF(rewrites); i++) {
        const struct rewrite_row *row = &rewrites[i];
        struct facts facts;
        struct program program = {0};
        facts_init(&facts);
        add_rewrite(&facts, &program, row->regex, row->replacement, row->flag, row->drop_args);
        struct scope *scope = facts_request(&facts, row->uri, row->args);
        struct outcome outcome = program_run(&program, scope, false);
        if (row->flag) {
            assert_int_equal(outcome.kind, OUTCOME_REDIRECT);
            assert_int_equal(outcome.status, row->flag == REWRITE_REDIRECT ? 302 : 301);
            assert_str(outcome.text, row->want_uri);
            assert_str(facts.uri, row->uri);
        } else {
            bool changed = strcmp(row->uri, row->want_uri) != 0;
            assert_int_equal(outcome.kind, changed ? OUTCOME_SEARCH : OUTCOME_NEXT);
            assert_int_equal(outcome.uri_changed, changed);
            assert_str(facts.uri, row->want_uri);
        }
        assert_str(facts.args, row->want_args);
        facts_deinit(&facts);
    }
}

/* What follows a rewrite that matched, by its flag; and what the program's end means. */
static void flags_end_or_go_on(void **state)
{
    static const struct {
        enum rewrite_flag flag;
        bool in_server;
        enum outcome_kind kind;
        const char *uri;
    } rows[] = {
        {REWRITE_NONE, false, OUTCOME_SEARCH, "/c"}, {REWRITE_LAST, false, OUTCOME_SEARCH, "/b"},
        {REWRITE_BREAK, false, OUTCOME_NEXT, "/b"},  {REWRITE_NONE, true, OUTCOME_NEXT, "/c"},
        {REWRITE_LAST, true, OUTCOME_NEXT, "/b"},    {REWRITE_BREAK, true, OUTCOME_NEXT, "/b"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        struct program program = {0};
        facts_init(&facts);
        add_rewrite(&facts, &program, "^/a", "/b", rows[i].flag, false);
        add_rewrite(&facts, &program, "^/b", "/c", REWRITE_NONE, false);
        struct outcome outcome =
            program_run(&program, facts_request(&facts, "/a", ""), rows[i].in_server);
        assert_int_equal(outcome.kind, rows[i].kind);
        assert_true(outcome.uri_changed);
        assert_str(facts.uri, rows[i].uri);
        facts_deinit(&facts);
    }
}

static void break_after_a_rewrite_stays_in_the_location(void **state)
{
    struct facts facts;
    struct program program = {0};
    facts_init(&facts);
    add_rewrite(&facts, &program, "^/a", "/b", REWRITE_NONE, false);
    add(&facts, &program, STATEMENT_BREAK);
    add_return(&facts, &program, 200, "no");
    struct outcome outcome = program_run(&program, facts_request(&facts, "/a", ""), false);
    assert_int_equal(outcome.kind, OUTCOME_NEXT);
    assert_str(facts.uri, "/b");
    facts_deinit(&facts);
}

static void an_empty_path_is_an_error(void **state)
{
    struct facts facts;
    struct program program = {0};
    facts_init(&facts);
    add_rewrite(&facts, &program, "^", "", REWRITE_NONE, true);
    struct outcome outcome = program_run(&program, facts_request(&facts, "/a", "x"), false);
    assert_int_equal(outcome.kind, OUTCOME_ERROR);
    assert_str(facts.uri, "/a");
    facts_deinit(&facts);
}

static void a_regex_at_its_limit_is_an_error(void **state)
{
    char text[64];
    memset(text, 'a', sizeof(text) - 2);
    text[sizeof(text) - 2] = '!';
    text[sizeof(text) - 1] = '\0';
    for (int in_if = 0; in_if < 2; in_if++) {
        struct facts facts;
        struct program program = {0};
        facts_init(&facts);
        if (in_if) {
            add_if(&facts, &program, "$uri ~ ^(a+)+$", NULL);
        } else {
            add_rewrite(&facts, &program, "^(a+)+$", "/x", REWRITE_NONE, false);
        }
        add_return(&facts, &program, 200, "open");
        struct outcome outcome = program_run(&program, facts_request(&facts, text, ""), false);
        assert_int_equal(outcome.kind, OUTCOME_ERROR);
        facts_deinit(&facts);
    }
}

static void captures_live_until_the_next_match_or_miss(void **state)
{
    static const struct {
        const char *args;
        const char *want;
    } rows[] = {
        {"a=xy&b=z", "x-y,z- [z]"},
        {"a=xy", "x-y []"},
        {"b=z", ",z- [z]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        struct program program = {0};
        facts_init(&facts);
        add_set(&facts, add_if(&facts, &program, "$arg_a ~ ^(.)(.)", NULL), "k", "$1-$2");
        add_set(&facts, add_if(&facts, &program, "$arg_b ~ ^(.)", NULL), "k", "$k,$1-$2");
        add_return(&facts, &program, 200, "$k [$1]");
        struct outcome outcome =
            program_run(&program, facts_request(&facts, "/", rows[i].args), false);
        assert_int_equal(outcome.kind, OUTCOME_RETURN);
        assert_str(outcome.text, rows[i].want);
        facts_deinit(&facts);
    }
}

/* A rewrite's arguments escape captures, a set after it does not. */
static void escaping_ends_with_the_rewrite(void **state)
{
    struct facts facts;
    struct program program = {0};
    facts_init(&facts);
    add_rewrite(&facts, &program, "^/a/(.*)$", "/x?y=$1", REWRITE_NONE, false);
    add_set(&facts, &program, "z", "$1");
    add_return(&facts, &program, 200, "$z|$uri|$args");
    struct scope *scope = facts_request(&facts, "/a/a&b", "");
    assert_str(program_run(&program, scope, false).text, "a&b|/x|y=a%26b");
    facts_deinit(&facts);
}

static void conditions_hold_or_not(void **state)
{
    static const struct {
        const char *words;
        const char *args;
        enum truth truth;
    } rows[] = {
        {"$arg_a", "", TRUTH_NO},
        {"$arg_a", "a=", TRUTH_NO},
        {"$arg_a", "a=0", TRUTH_NO},
        {"$arg_a", "a=00", TRUTH_YES},
        {"$arg_a", "a=x", TRUTH_YES},
        {"$arg_a = Abc", "a=Abc", TRUTH_YES},
        {"$arg_a = Abc", "a=abc", TRUTH_NO},
        {"$arg_a != Abc", "a=abc", TRUTH_YES},
        {"$arg_a != Abc", "a=Abc", TRUTH_NO},
        {"$arg_a = $arg_b", "a=1&b=1", TRUTH_YES},
        {"$arg_a = $arg_b", "a=1&b=2", TRUTH_NO},
        {"$arg_a ~ ^b", "a=bc", TRUTH_YES},
        {"$arg_a ~ ^b", "a=Bc", TRUTH_NO},
        {"$arg_a ~* ^b", "a=Bc", TRUTH_YES},
        {"$arg_a !~ ^b", "a=bc", TRUTH_NO},
        {"$arg_a !~ ^b", "a=Bc", TRUTH_YES},
        {"$arg_a !~* ^b", "a=Bc", TRUTH_NO},
        {"$arg_a !~* ^b", "a=c", TRUTH_YES},
        {"$mystery", "", TRUTH_UNKNOWN},
        {"$mystery ~ ^b", "", TRUTH_UNKNOWN},
        {"$arg_a = $mystery", "", TRUTH_UNKNOWN},
        {"-f $mystery", "", TRUTH_UNKNOWN},
        {"-f /x", "", TRUTH_YES},
        {"!-f /x", "", TRUTH_NO},
        {"!-e /x", "", TRUTH_NO},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        struct error err;
        struct condition condition;
        facts_init(&facts);
        assert_true(parse(&facts, rows[i].words, &condition, &err));
        struct scope *scope = facts_request(&facts, "/", rows[i].args);
        facts.has_file = true;
        if (condition_eval(&condition, scope) != rows[i].truth) {
            fail_msg("%s with %s", rows[i].words, rows[i].args);
        }
        facts_deinit(&facts);
    }
}

static void broken_conditions_are_refused(void **state)
{
    static const struct {
        const char *words;
        const char *text;
    } rows[] = {
        {"", "invalid condition \"\""},
        {"a", "invalid condition \"a\""},
        {"$", "invalid condition \"$\""},
        {"!$uri", "invalid condition \"!$uri\""},
        {"$uri =", "invalid condition \"$uri\""},
        {"$uri = b c", "invalid condition \"$uri\""},
        {"$uri == b", "unexpected \"==\" in condition"},
        {"$uri !~~ b", "unexpected \"!~~\" in condition"},
        {"$uri ~ (", "pcre2_compile() failed: missing closing parenthesis in \"(\""},
        {"$uri ~ (?<uri>a)", "the duplicate \"uri\" variable"},
        {"$uri = ${", "invalid variable name"},
        {"-f", "invalid condition \"-f\""},
        {"-f a b", "invalid condition \"-f\""},
        {"-q a", "invalid condition \"-q\""},
        {"!f a", "invalid condition \"!f\""},
        {"!-q a", "invalid condition \"!-q\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        struct error err;
        struct condition condition;
        facts_init(&facts);
        assert_false(parse(&facts, rows[i].words, &condition, &err));
        assert_string_equal(err.text, rows[i].text);
        facts_deinit(&facts);
    }
}

/* The left side is one variable, not a text: "$uri$args" is a name nobody defines. */
static void the_left_side_is_a_variable(void **state)
{
    struct facts facts;
    struct error err;
    struct condition condition;
    facts_init(&facts);
    assert_true(parse(&facts, "$uri$args", &condition, &err));
    assert_false(variables_check(&facts.vars, NULL, &err));
    assert_string_equal(err.text, "unknown \"uri$args\" variable in t.conf:1");
    facts_deinit(&facts);
}

static void the_last_if_gives_the_settings(void **state)
{
    struct facts facts;
    struct program program = {0};
    int one;
    int two;
    facts_init(&facts);
    add_if(&facts, &program, "$arg_a", &one);
    add_if(&facts, &program, "$arg_b", &two);
    assert_ptr_equal(program_run(&program, facts_request(&facts, "/", "a=1"), false).location,
                     &one);
    assert_ptr_equal(program_run(&program, facts_request(&facts, "/", "a=1&b=1"), false).location,
                     &two);
    assert_null(program_run(&program, facts_request(&facts, "/", ""), false).location);
    facts_deinit(&facts);
}

static void break_in_if_ends_all(void **state)
{
    struct facts facts;
    struct program program = {0};
    facts_init(&facts);
    struct program *body = add_if(&facts, &program, "$arg_a", NULL);
    add(&facts, body, STATEMENT_BREAK);
    add_return(&facts, body, 500, NULL);
    add_return(&facts, &program, 444, NULL);
    assert_int_equal(program_run(&program, facts_request(&facts, "/", "a=1"), false).kind,
                     OUTCOME_NEXT);
    struct outcome outcome = program_run(&program, facts_request(&facts, "/", ""), false);
    assert_int_equal(outcome.kind, OUTCOME_RETURN);
    assert_int_equal(outcome.status, 444);
    assert_false(outcome.has_text);
    facts_deinit(&facts);
}

static void what_is_unknown_stays_unknown(void **state)
{
    struct facts facts;
    struct program program = {0};
    facts_init(&facts);
    add_set(&facts, &program, "x", "a$mystery");
    add_return(&facts, add_if(&facts, &program, "$x = b", NULL), 200, "open");
    add_return(&facts, &program, 403, NULL);
    assert_int_equal(program_run(&program, facts_request(&facts, "/", ""), false).kind,
                     OUTCOME_UNKNOWN);

    struct program other = {0};
    add_rewrite(&facts, &other, "^", "/$mystery", REWRITE_LAST, false);
    assert_int_equal(program_run(&other, facts_request(&facts, "/", ""), false).kind,
                     OUTCOME_UNKNOWN);

    struct program third = {0};
    add_set(&facts, &third, "args", "$mystery");
    assert_int_equal(program_run(&third, facts_request(&facts, "/", ""), false).kind,
                     OUTCOME_UNKNOWN);
    facts_deinit(&facts);
}

static size_t cost_of_rewrite(unsigned parts)
{
    struct facts facts;
    struct program program = {0};
    char replacement[4096] = "/";
    size_t n = 1;
    facts_init(&facts);
    for (unsigned i = 0; i < parts; i++) {
        n += (size_t)snprintf(replacement + n, sizeof(replacement) - n, "%s",
                              i == parts / 2 ? "?$1" : "x$1");
    }
    add_rewrite(&facts, &program, "^/(.*)$", replacement, REWRITE_LAST, true);
    static char uri[2000];
    memset(uri, 'u', sizeof(uri) - 1);
    uri[0] = '/';
    struct scope *scope = facts_request(&facts, uri, "");
    size_t before = facts.arena.used;
    (void)program_run(&program, scope, false);
    assert_int_equal(facts.uri.n + facts.args.n, 1998 * parts + parts);
    size_t cost = facts.arena.used - before;
    facts_deinit(&facts);
    return cost;
}

static void a_rewrite_costs_what_its_result_is_long(void **state)
{
    size_t few = cost_of_rewrite(20);
    assert_in_range(cost_of_rewrite(80), 4 * few - 8192, 4 * few + 8192);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rewrites_as_nginx),
        cmocka_unit_test(flags_end_or_go_on),
        cmocka_unit_test(break_after_a_rewrite_stays_in_the_location),
        cmocka_unit_test(an_empty_path_is_an_error),
        cmocka_unit_test(a_regex_at_its_limit_is_an_error),
        cmocka_unit_test(captures_live_until_the_next_match_or_miss),
        cmocka_unit_test(escaping_ends_with_the_rewrite),
        cmocka_unit_test(conditions_hold_or_not),
        cmocka_unit_test(broken_conditions_are_refused),
        cmocka_unit_test(the_left_side_is_a_variable),
        cmocka_unit_test(the_last_if_gives_the_settings),
        cmocka_unit_test(break_in_if_ends_all),
        cmocka_unit_test(what_is_unknown_stays_unknown),
        cmocka_unit_test(a_rewrite_costs_what_its_result_is_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
