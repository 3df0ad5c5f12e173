/* SPDX-License-Identifier: Apache-2.0 */
/* Log files made for the account that serves. */
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

#include "app/logs.h"

static char dir[64];
static char path[96];
static char target[96];

static int make_dir(void **state)
{
    snprintf(dir, sizeof(dir), "/tmp/yett-logs-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/access.log", dir);
    snprintf(target, sizeof(target), "%s/target", dir);
    return 0;
}

static int remove_dir(void **state)
{
    unlink(path);
    unlink(target);
    return rmdir(dir);
}

static const struct privileges ACCOUNT = {.change = true, .uid = 1, .gid = 1, .name = "daemon"};

static uid_t owner(const char *file)
{
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    return st.st_uid;
}

static void a_rotated_file_is_made_for_the_account(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    struct error err;
    assert_true(logs_create(path, &ACCOUNT, &err));
    assert_int_equal(owner(path), 1);
}

static void what_is_behind_a_link_is_nobody_s_gift(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    struct error err;
    fclose(fopen(target, "w"));
    assert_int_equal(chmod(dir, 0777), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_false(logs_create(path, &ACCOUNT, &err));
    assert_int_equal(owner(target), 0);
    unlink(path);
    assert_int_equal(link(target, path), 0);
    assert_false(logs_create(path, &ACCOUNT, &err));
    assert_int_equal(owner(target), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_true(logs_create(path, &ACCOUNT, &err));
    assert_int_equal(owner(target), 0);
}

static void a_log_that_does_not_open_leaves_none_open(void **state)
{
    struct log_file good = {path, -1}, bad = {"/nonexistent/error.log", -1};
    struct log_target targets[] = {{&good, LEVEL_ERROR}, {&bad, LEVEL_ERROR}};
    struct log log = {targets, 2};
    struct error err;
    assert_false(logs_open(&log, &err));
    assert_int_equal(good.fd, -1);
    assert_non_null(strstr(err.text, "/nonexistent/error.log"));
    log.n = 1;
    assert_true(logs_open(&log, &err));
    assert_true(good.fd >= 0);
    logs_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_rotated_file_is_made_for_the_account, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(what_is_behind_a_link_is_nobody_s_gift, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(a_log_that_does_not_open_leaves_none_open, make_dir,
                                        remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
