/* SPDX-License-Identifier: Apache-2.0 */
/* The pid file, and what of its content is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/pid.h"

static char dir[64];
static char path[96];

static int make_dir(void **state)
{
    snprintf(dir, sizeof(dir), "/tmp/yett-pid-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/pid", dir);
    return 0;
}

static int remove_dir(void **state)
{
    unlink(path);
    return rmdir(dir);
}

static void put(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void what_was_written_is_read(void **state)
{
    struct error err;
    pid_t pid;
    put("a longer text of somebody who was here before\n");
    assert_true(pid_write(path, 12345, &err));
    assert_true(pid_read(path, &pid, &err));
    assert_int_equal(pid, 12345);
}

static void other_content_is_refused(void **state)
{
    static const char *const CASES[] = {
        "",    "\n",  "x",     "12x\n",         "-1\n",
        "0\n", "1\n", " 12\n", "99999999999\n", "123456789012345678901234567890"};
    struct error err;
    pid_t pid;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        put(CASES[i]);
        assert_false(pid_read(path, &pid, &err));
        assert_non_null(strstr(err.text, "invalid PID number \""));
    }
}

static void a_missing_file_is_named(void **state)
{
    struct error err;
    pid_t pid;
    char wanted[256];
    assert_false(pid_read(path, &pid, &err));
    snprintf(wanted, sizeof(wanted), "open() \"%s\" failed (2: No such file or directory)", path);
    assert_string_equal(err.text, wanted);
    assert_false(pid_write("/nonexistent/yett.pid", 5, &err));
}

static void only_ones_own_file_is_removed(void **state)
{
    struct error err;
    assert_true(pid_write(path, 12345, &err));
    pid_remove(path, 12346);
    assert_int_equal(access(path, F_OK), 0);
    pid_remove(path, 12345);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* Root writes and removes nothing where another account has led the path. */
static void a_directory_of_another_account(void **state)
{
    struct error err;
    char there[96], link[96], beyond[128];
    if (geteuid() != 0) {
        skip();
    }
    snprintf(there, sizeof(there), "%s/there", dir);
    snprintf(link, sizeof(link), "%s/link", dir);
    assert_int_equal(mkdir(there, 0755), 0);
    assert_int_equal(symlink(there, link), 0);
    snprintf(beyond, sizeof(beyond), "%s/pid", link);
    assert_true(pid_write(beyond, 12345, &err)); /* the link is root's, in a directory of root */
    assert_int_equal(chmod(dir, 0777), 0);
    assert_false(pid_write(beyond, 12346, &err));
    assert_non_null(strstr(err.text, "symbolic link"));
    pid_remove(beyond, 12345);
    assert_int_equal(access(beyond, F_OK), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    pid_remove(beyond, 12345);
    assert_int_not_equal(access(beyond, F_OK), 0);
    unlink(link);
    rmdir(there);
}

static void nothing_is_left_beside_it(void **state)
{
    struct error err;
    assert_true(pid_write(path, 12345, &err));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_false(pid_write(path, 12345, &err));
    assert_non_null(strstr(err.text, "rename()"));
    assert_int_equal(rmdir(path), 0); /* and the directory can be removed: it is empty */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(other_content_is_refused, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_missing_file_is_named, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_directory_of_another_account, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(nothing_is_left_beside_it, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(only_ones_own_file_is_removed, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
