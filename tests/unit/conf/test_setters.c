/* SPDX-License-Identifier: Apache-2.0 */
/* Each plain setter: what it takes and what it says about the rest. */
#include "conf/directive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct choice colours[] = {{"red", 1}, {"green", 2}, {"blue", 4}, {NULL, 0}};

static const struct directive row = {"x", .extra = colours};

struct fixture {
    struct arena arena;
    struct conf_scope scope;
    struct conf_tree tree;
    struct error err;
};

static struct fixture fixture;

static int setup(void **state)
{
    arena_init(&fixture.arena, 0);
    fixture.scope = (struct conf_scope){
        .arena = &fixture.arena, .prefix = "/srv", .conf_prefix = "/etc/yett/", .first = true};
    return 0;
}

static int teardown(void **state)
{
    arena_deinit(&fixture.arena);
    return 0;
}

static bool set(directive_set *setter, const char *text, void *field)
{
    struct str line = arena_printf(&fixture.arena, "x %s;", text);
    assert_true(conf_tree_parse(line, "f", &fixture.arena, &fixture.tree, &fixture.err));
    fixture.scope.node = fixture.tree.first;
    return setter(&fixture.scope, &row, field, &fixture.err);
}

static void assert_refuses(directive_set *setter, const char *text, const char *message)
{
    uint64_t field[4];
    assert_false(set(setter, text, field));
    assert_string_equal(fixture.err.text, message);
}

static void flags(void **state)
{
    bool field = false;
    assert_true(set(set_flag, "on", &field));
    assert_true(field);
    assert_true(set(set_flag, "OFF", &field));
    assert_false(field);
    assert_refuses(set_flag, "yes",
                   "invalid value \"yes\" in \"x\" directive, it must be \"on\" or \"off\"");
}

static void numbers_sizes_times(void **state)
{
    uint64_t field;
    assert_true(set(set_number, "42", &field));
    assert_int_equal(field, 42);
    assert_true(set(set_size, "8k", &field));
    assert_int_equal(field, 8192);
    assert_true(set(set_msec, "1m", &field));
    assert_int_equal(field, 60000);
    assert_true(set(set_sec, "1m", &field));
    assert_int_equal(field, 60);
    assert_refuses(set_number, "4k", "\"x\" directive invalid number \"4k\", expected digits");
    assert_refuses(set_size, "8kb",
                   "\"x\" directive invalid value \"8kb\", expected a size such as 512, 8k or 1m");
    assert_refuses(
        set_msec, "1q",
        "\"x\" directive invalid value \"1q\", expected a time such as 500ms, 60s or 1h30m");
    assert_refuses(set_sec, "5ms",
                   "\"x\" directive invalid value \"5ms\", expected a time in whole seconds such "
                   "as 60s, 1h30m or 30d");
}

static void texts(void **state)
{
    struct str field;
    assert_true(set(set_text, "\"a b\"", &field));
    assert_true(str_eq(field, STR("a b")));
}

static void choices(void **state)
{
    unsigned field = 99;
    assert_true(set(set_choice, "Green", &field));
    assert_int_equal(field, 2);
    assert_true(set(set_choices, "red blue", &field));
    assert_int_equal(field, 5);
    static const char pink[] = "invalid value \"pink\" in \"x\" directive, it must be \"red\", "
                               "\"green\" or \"blue\"";
    assert_refuses(set_choice, "pink", pink);
    assert_refuses(set_choices, "red pink", pink);
}

static void paths(void **state)
{
    char *field;
    assert_true(set(set_path, "html", &field));
    assert_string_equal(field, "/srv/html");
    assert_true(set(set_conf_path, "certs/a.pem", &field));
    assert_string_equal(field, "/etc/yett/certs/a.pem");
    assert_true(set(set_conf_path, "/a.pem", &field));
    assert_string_equal(field, "/a.pem");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(flags, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_sizes_times, setup, teardown),
        cmocka_unit_test_setup_teardown(texts, setup, teardown),
        cmocka_unit_test_setup_teardown(choices, setup, teardown),
        cmocka_unit_test_setup_teardown(paths, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
