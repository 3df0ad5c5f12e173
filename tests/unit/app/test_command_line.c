/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, and what of it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/command_line.h"

enum { WORDS_MAX = 16 };

static struct arena arena;

static bool parse(struct command_line *out, struct error *err, const char *words)
{
    char *argv[WORDS_MAX] = {arena_cstr(&arena, STR("yett"))};
    int argc = 1;
    struct str rest = str_of(words);
    while (rest.n && argc < WORDS_MAX - 1) {
        argv[argc++] = arena_cstr(&arena, str_split(&rest, '|'));
    }
    argv[argc] = NULL;
    return command_line_parse(argc, argv, &arena, out, err);
}

static void nothing_means_the_defaults(void **state)
{
    struct command_line line;
    struct error err;
    assert_true(parse(&line, &err, ""));
    assert_string_equal(line.options.conf, "/etc/yett/yett.conf");
    assert_string_equal(line.options.prefix, "/etc/yett/");
    assert_null(line.options.signal);
    assert_null(line.options.globals);
    assert_null(line.options.error_log);
    assert_false(line.options.test || line.options.quiet || line.show_version);
}

static void values_follow_at_once_or_as_the_next_word(void **state)
{
    struct command_line line;
    struct error err;
    assert_true(parse(&line, &err, "-tqcfile|-p|dir|-gdaemon off;|-e|stderr|-s|reload"));
    assert_true(line.options.test && line.options.quiet);
    assert_false(line.options.dump);
    assert_string_equal(line.options.conf, "file");
    assert_string_equal(line.options.prefix, "dir/");
    assert_string_equal(line.options.globals, "daemon off;");
    assert_string_equal(line.options.error_log, "stderr");
    assert_string_equal(line.options.signal, "reload");
}

static void letters_imply_others(void **state)
{
    struct command_line line;
    struct error err;
    assert_true(parse(&line, &err, "-T"));
    assert_true(line.options.test && line.options.dump);
    assert_true(parse(&line, &err, "-V"));
    assert_true(line.show_version && line.show_build && !line.show_help);
    assert_true(parse(&line, &err, "-?"));
    assert_true(line.show_version && line.show_help);
}

static void what_is_wrong_is_said_in_nginx_s_words(void **state)
{
    static const char *const CASES[][2] = {
        {"-x", "invalid option: \"x\""},
        {"-tx", "invalid option: \"x\""},
        {"start", "invalid option: \"start\""},
        {"-c", "option \"-c\" requires file name"},
        {"-p", "option \"-p\" requires directory name"},
        {"-tg", "option \"-g\" requires parameter"},
        {"-s", "option \"-s\" requires parameter"},
        {"-s|stopp", "invalid option: \"-s stopp\""},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct command_line line;
        struct error err;
        assert_false(parse(&line, &err, CASES[i][0]));
        assert_string_equal(err.text, CASES[i][1]);
    }
}

static int forget(void **state)
{
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_means_the_defaults, forget),
        cmocka_unit_test_teardown(values_follow_at_once_or_as_the_next_word, forget),
        cmocka_unit_test_teardown(letters_imply_others, forget),
        cmocka_unit_test_teardown(what_is_wrong_is_said_in_nginx_s_words, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
