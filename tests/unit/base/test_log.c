/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

static char directory[] = "/tmp/test-log-XXXXXX";

static char *path_of(struct arena *arena, const char *name)
{
    return path_resolve(arena, str_of(directory), str_of(name));
}

static struct str content(struct arena *arena, const char *path)
{
    struct error err;
    struct str text;
    assert_true(file_read(path, 100000, arena, &text, &err));
    return text;
}

static void lines_have_nginx_s_form_and_stay_lines(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    arena_init(&arena, 0);
    struct log_file file = {.path = path_of(&arena, "a.log"), .fd = -1};
    assert_true(log_file_open(&file, &err));
    struct log_target target = {&file, LEVEL_WARN};
    struct log log = {&target, 1};
    assert_true(log_enabled(&log, LEVEL_WARN));
    assert_false(log_enabled(&log, LEVEL_NOTICE));
    log_write(&log, LEVEL_ERROR, 12, "bad \"%s\"", "x\r\ny");
    log_write(&log, LEVEL_INFO, 12, "not wanted");
    log_write(&log, LEVEL_EMERG, 0, "no connection");
    struct str text = content(&arena, file.path);
    char want[64];
    snprintf(want, sizeof(want), "[error] %d#%d: *12 bad \"x  y\"\n", (int)getpid(), (int)gettid());
    assert_true(str_search(text, str_of(want)) < text.n);
    assert_int_equal(str_search(text, STR("not wanted")), text.n);
    assert_true(str_search(text, STR(": no connection\n")) < text.n);
    log_file_close(&file);
    arena_deinit(&arena);
}

static void long_messages_are_cut_not_overrun(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    arena_init(&arena, 0);
    struct log_file file = {.path = path_of(&arena, "long.log"), .fd = -1};
    assert_true(log_file_open(&file, &err));
    struct log_target target = {&file, LEVEL_WARN};
    struct log log = {&target, 1};
    char *text = malloc(10001);
    memset(text, 'a', 10000);
    text[10000] = '\0';
    log_write(&log, LEVEL_ERROR, 1, "%s", text);
    free(text);
    struct str line = content(&arena, file.path);
    assert_int_equal(line.p[line.n - 1], '\n');
    assert_int_equal(str_find(line, '\n'), line.n - 1);
    log_file_close(&file);
    arena_deinit(&arena);
}

static void reopening_follows_the_name(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    arena_init(&arena, 0);
    struct log_file file = {.path = path_of(&arena, "b.log"), .fd = -1};
    assert_true(log_file_open(&file, &err));
    int fd = file.fd;
    log_file_write(&file, STR("one\n"));
    assert_int_equal(rename(file.path, path_of(&arena, "b.old")), 0);
    assert_true(log_file_reopen(&file, &err));
    assert_int_equal(file.fd, fd);
    log_file_write(&file, STR("two\n"));
    assert_true(str_eq(content(&arena, path_of(&arena, "b.old")), STR("one\n")));
    assert_true(str_eq(content(&arena, file.path), STR("two\n")));
    log_file_close(&file);
    arena_deinit(&arena);
}

static void a_log_that_cannot_be_opened_says_so(void **state)
{
    (void)state;
    struct error err;
    struct log_file file = {.path = "/nonexistent/x.log", .fd = -1};
    assert_false(log_file_open(&file, &err));
    assert_string_equal(err.text,
                        "open() \"/nonexistent/x.log\" failed (2: No such file or directory)");
}

static void levels_have_nginx_s_names(void **state)
{
    (void)state;
    enum log_level level;
    assert_true(log_level_parse(STR("crit"), &level));
    assert_int_equal(level, LEVEL_CRIT);
    assert_string_equal(log_level_name(LEVEL_ALERT), "alert");
    assert_false(log_level_parse(STR("fatal"), &level));
    assert_false(log_level_parse(STR(""), &level));
}

static void files_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    struct str text;
    arena_init(&arena, 0);
    struct log_file file = {.path = path_of(&arena, "c"), .fd = -1};
    assert_true(log_file_open(&file, &err));
    log_file_write(&file, STR("12345"));
    log_file_close(&file);
    assert_true(file_read(file.path, 5, &arena, &text, &err));
    assert_true(str_eq(text, STR("12345")));
    assert_false(file_read(file.path, 4, &arena, &text, &err));
    assert_non_null(strstr(err.text, "is larger than 4 bytes"));
    assert_false(file_read(directory, 100, &arena, &text, &err));
    assert_non_null(strstr(err.text, "is not a regular file"));
    assert_false(file_read("/nonexistent", 100, &arena, &text, &err));
    assert_non_null(strstr(err.text, "failed (2: No such file or directory)"));
    arena_deinit(&arena);
}

static void paths_are_put_together(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    assert_string_equal(path_resolve(&arena, STR("/a"), STR("b")), "/a/b");
    assert_string_equal(path_resolve(&arena, STR("/a/"), STR("b")), "/a/b");
    assert_string_equal(path_resolve(&arena, STR("/a"), STR("/b")), "/b");
    assert_true(str_eq(path_dirname(STR("/a/b")), STR("/a")));
    assert_true(str_eq(path_dirname(STR("/b")), STR("/")));
    assert_true(str_eq(path_dirname(STR("b")), STR(".")));
    arena_deinit(&arena);
}

static void errors_gain_their_place(void **state)
{
    (void)state;
    struct error err;
    assert_false(error_set(&err, "bad %d", 1));
    assert_false(error_prefix(&err, "in %s", "x"));
    assert_string_equal(err.text, "in x: bad 1");
    assert_false(error_errno(&err, 13, "open() \"%s\"", "f"));
    assert_string_equal(err.text, "open() \"f\" failed (13: Permission denied)");
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    static const char *const names[] = {"a.log", "long.log", "b.log", "b.old", "c"};
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        unlink(path_of(&arena, names[i]));
    }
    arena_deinit(&arena);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_have_nginx_s_form_and_stay_lines),
        cmocka_unit_test(long_messages_are_cut_not_overrun),
        cmocka_unit_test(reopening_follows_the_name),
        cmocka_unit_test(a_log_that_cannot_be_opened_says_so),
        cmocka_unit_test(levels_have_nginx_s_names),
        cmocka_unit_test(files_are_read_whole_or_not_at_all),
        cmocka_unit_test(paths_are_put_together),
        cmocka_unit_test(errors_gain_their_place),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
