/* SPDX-License-Identifier: Apache-2.0 */
/* The rewrite directives as they are written: what they make of a request, what is refused. */
#include "script/rewrite_conf.h"

#include "conf.h"

static struct outcome run(struct facts *facts, const char *conf, const char *uri, const char *args)
{
    struct place place;
    struct error err;
    if (!conf_read(facts, CONTEXT_LOCATION, conf, &place, &err)) {
        fail_msg("%s: %s", conf, err.text);
    }
    struct scope *scope = facts_request(facts, uri, args);
    return program_run(&place.program, scope, false);
}

static void written_rewrites(void **state)
{
    static const struct {
        const char *conf;
        enum outcome_kind kind;
        int status;
        const char *text; /* or the path */
        const char *args;
    } rows[] = {
        {"rewrite ^/a/(.*)$ /o/$1;", OUTCOME_SEARCH, 0, "/o/x", "q=1"},
        {"rewrite ^/a/(.*)$ /o/$1?;", OUTCOME_SEARCH, 0, "/o/x", ""},
        {"rewrite ^/a/(.*)$ /o?v=$1;", OUTCOME_SEARCH, 0, "/o", "v=x&q=1"},
        {"rewrite ^/a/(.*)$ /o?v=$1?;", OUTCOME_SEARCH, 0, "/o", "v=x"},
        {"rewrite ^/a/(.*)$ /o??;", OUTCOME_SEARCH, 0, "/o", ""},
        {"rewrite ^/a/ /b/ last; return 500;", OUTCOME_SEARCH, 0, "/b/", "q=1"},
        {"rewrite ^/a/ /b/ break; return 500;", OUTCOME_NEXT, 0, "/b/", "q=1"},
        {"rewrite ^/a/ /b/ redirect;", OUTCOME_REDIRECT, 302, "/b/?q=1", "q=1"},
        {"rewrite ^/a/ /b/? permanent;", OUTCOME_REDIRECT, 301, "/b/", "q=1"},
        {"rewrite ^ http://h/;", OUTCOME_REDIRECT, 302, "http://h/?q=1", "q=1"},
        {"rewrite ^ https://h/?a permanent;", OUTCOME_REDIRECT, 301, "https://h/?a&q=1", "q=1"},
        {"rewrite ^ https://h/ break;", OUTCOME_REDIRECT, 302, "https://h/?q=1", "q=1"},
        {"rewrite ^ ?;", OUTCOME_ERROR, 0, "/a/x", "q=1"},
        {"return 444;", OUTCOME_RETURN, 444, "", "q=1"},
        {"return 200 'v $uri';", OUTCOME_RETURN, 200, "v /a/x", "q=1"},
        {"return http://h$uri;", OUTCOME_RETURN, 302, "http://h/a/x", "q=1"},
        {"return 301 https://h$uri;", OUTCOME_RETURN, 301, "https://h/a/x", "q=1"},
        {"break; return 500;", OUTCOME_NEXT, 0, "/a/x", "q=1"},
        {"set $args z=2; return 200 $args;", OUTCOME_RETURN, 200, "z=2", "z=2"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        facts_init(&facts);
        struct outcome outcome = run(&facts, rows[i].conf, "/a/x", "q=1");
        if (outcome.kind != rows[i].kind || outcome.status != rows[i].status) {
            fail_msg("%s: kind %d, status %d", rows[i].conf, outcome.kind, outcome.status);
        }
        bool answers = outcome.kind == OUTCOME_RETURN || outcome.kind == OUTCOME_REDIRECT;
        assert_str(answers ? outcome.text : facts.uri, rows[i].text);
        assert_str(facts.args, rows[i].args);
        facts_deinit(&facts);
    }
}

static void an_empty_text_is_no_text(void **state)
{
    struct facts facts;
    facts_init(&facts);
    assert_false(run(&facts, "return 403 '';", "/", "").has_text);
    assert_true(run(&facts, "return 403 $args;", "/", "").has_text);
    facts_deinit(&facts);
}

/* Blocks are read after plain directives; the order of the file is what counts. */
static void statements_keep_their_order(void **state)
{
    static const struct {
        const char *args;
        const char *want;
    } rows[] = {{"", "1234"},          {"a=1", "1a234"}, {"b=1", "123b4"},
                {"a=1&b=1", "1a23b4"}, {"c=1", "1234c"}, {"a=1&c=1", "1a234c"}};
    static const char conf[] = "set $x 1; if ($arg_a) { set $x ${x}a; } set $x ${x}2;"
                               "set $x ${x}3; if ($arg_b) { set $x ${x}b; }\n"
                               "if ($arg_none) { return 500; }\n"
                               "set $x ${x}4; if ($arg_c) { return 200 ${x}c; } return 200 $x;";
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        facts_init(&facts);
        assert_str(run(&facts, conf, "/", rows[i].args).text, rows[i].want);
        facts_deinit(&facts);
    }
}

static void conditions_as_written(void **state)
{
    static const char *const holds[] = {
        "if ($arg_a = x) {return 200;}",       "if ( $arg_a = x ) {return 200;}",
        "if ($arg_a = \"x\") {return 200;}",   "if ($arg_a ~* ^X$ ) {return 200;}",
        "if ( $arg_a) {return 200;}",          "if ($arg_a != 'y z') {return 200;}",
        "if (!-e /nowhere/$uri) {return 200;}"};
    for (size_t i = 0; i < COUNT_OF(holds); i++) {
        struct facts facts;
        facts_init(&facts);
        struct outcome outcome = run(&facts, holds[i], "/", "a=x");
        assert_int_equal(outcome.kind, OUTCOME_RETURN);
        assert_non_null(outcome.location);
        facts_deinit(&facts);
    }
}

static void refusals(void **state)
{
    static const struct {
        const char *conf;
        const char *want;
    } rows[] = {
        {"set a 1;", "invalid variable name \"a\" in t.conf:1"},
        {"set $ 1;", "invalid variable name \"$\" in t.conf:1"},
        {"\nset $uri 1;", "the duplicate \"uri\" variable in t.conf:2"},
        {"set $a $;", "invalid variable name in t.conf:1"},
        {"set $a $nope;", "unknown \"nope\" variable in t.conf:1"},
        {"rewrite ^ '';", "empty replacement in t.conf:1"},
        {"rewrite ^ /a foo;", "invalid parameter \"foo\" in t.conf:1"},
        {"rewrite ( /a;",
         "pcre2_compile() failed: missing closing parenthesis in \"(\" in t.conf:1"},
        {"return abc;", "invalid return code \"abc\" in t.conf:1"},
        {"return abc def;", "invalid return code \"abc\" in t.conf:1"},
        {"return http://h x;", "invalid return code \"http://h\" in t.conf:1"},
        {"return 1000;", "invalid return code \"1000\" in t.conf:1"},
        {"return 99;", "invalid return code \"99\" in t.conf:1"},
        {"return -1;", "invalid return code \"-1\" in t.conf:1"},
        {"return '';", "invalid return code \"\" in t.conf:1"},
        {"if a { }", "invalid condition \"a\" in t.conf:1"},
        {"if ($uri { }", "invalid condition \"$uri\" in t.conf:1"},
        {"if () { }", "invalid condition \")\" in t.conf:1"},
        {"if ( ) { }", "invalid condition \")\" in t.conf:1"},
        {"if ($uri = ) { }", "invalid condition \"$uri\" in t.conf:1"},
        {"if { }", "invalid number of arguments in \"if\" directive in t.conf:1"},
        {"if ($uri) {\n set a 1; }", "invalid variable name \"a\" in t.conf:2"},
        {"if ($uri) { if ($uri) { } }",
         "\"if\" directive is not allowed here, it belongs in location in t.conf:1"},
        {"rewrite_log on; rewrite_log off;", "\"rewrite_log\" directive is duplicate in t.conf:1"},
        {"text ${;", "invalid variable name in t.conf:1"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_refused(CONTEXT_LOCATION, rows[i].conf, rows[i].want);
    }
}

static void templates_and_flags_are_read(void **state)
{
    struct facts facts;
    struct place place;
    struct error err;
    facts_init(&facts);
    assert_true(conf_read(&facts, CONTEXT_LOCATION, "rewrite_log on; text 'a$uri';", &place, &err));
    assert_null(place.program.first);
    assert_str(template_eval(&place.text, facts_request(&facts, "/b", "")).s, "a/b");
    facts_deinit(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_rewrites),
        cmocka_unit_test(an_empty_text_is_no_text),
        cmocka_unit_test(statements_keep_their_order),
        cmocka_unit_test(conditions_as_written),
        cmocka_unit_test(refusals),
        cmocka_unit_test(templates_and_flags_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
