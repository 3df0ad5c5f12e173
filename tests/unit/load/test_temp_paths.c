/* SPDX-License-Identifier: Apache-2.0 */
/* The directories for request bodies: made, given, and tried as the account that serves. */
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

#include "load/temp_paths.h"

enum { OTHER = 2 }; /* an account that is neither root nor that of the tests */

static char top[64];
static char above[80];
static char path[96];
static struct error err;

static int make_top(void **state)
{
    snprintf(top, sizeof(top), "/tmp/yett-temp-paths-XXXXXX");
    assert_non_null(mkdtemp(top));
    assert_int_equal(chmod(top, 0755), 0);
    snprintf(above, sizeof(above), "%s/above", top);
    snprintf(path, sizeof(path), "%s/body", above);
    return 0;
}

static int remove_top(void **state)
{
    (void)unlink(path);
    (void)rmdir(path);
    (void)unlink(above);
    (void)rmdir(above);
    return rmdir(top);
}

static const struct privileges DAEMON = {
    .change = true, .uid = 1, .gid = 1, .name = "daemon", .account = "daemon"};

/* The account that a test is about: another one where root runs it. */
static struct privileges account(void)
{
    const struct privileges same = {.uid = geteuid(), .gid = getegid(), .account = "same"};
    return geteuid() == 0 ? DAEMON : same;
}

static uid_t owner(const char *file)
{
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    return st.st_uid;
}

static void what_is_missing_is_made(void **state)
{
    const struct privileges who = account();
    assert_true(temp_paths_prepare(path, &who, &err));
    assert_int_equal(owner(path), who.uid);
    assert_int_equal(owner(above), geteuid());
    assert_true(temp_paths_prepare(path, &who, &err));
}

static void a_slash_at_the_end_changes_nothing(void **state)
{
    const struct privileges who = account();
    char with[128];
    snprintf(with, sizeof(with), "%s//", path);
    assert_true(temp_paths_prepare(with, &who, &err));
    assert_int_equal(owner(path), who.uid);
}

static void what_is_missing_above_is_an_error(void **state)
{
    const struct privileges who = account();
    char deep[128];
    snprintf(deep, sizeof(deep), "%s/more/body", path);
    assert_false(temp_paths_prepare(deep, &who, &err));
    assert_non_null(strstr(err.text, deep));
    assert_int_equal(access(above, F_OK), -1);
}

static void a_file_in_its_place_is_an_error(void **state)
{
    const struct privileges who = account();
    assert_int_equal(mkdir(above, 0755), 0);
    fclose(fopen(path, "w"));
    assert_false(temp_paths_prepare(path, &who, &err));
    assert_non_null(strstr(err.text, path));
    assert_int_equal(owner(path), geteuid());
}

static void of_no_use_to_its_own_account(void **state)
{
    const struct privileges who = account();
    assert_int_equal(mkdir(above, 0755), 0);
    assert_int_equal(mkdir(path, 0500), 0);
    assert_int_equal(chown(path, who.uid, who.gid), 0);
    assert_false(temp_paths_prepare(path, &who, &err));
    assert_non_null(strstr(err.text, "failed (13: Permission denied)"));
    assert_int_equal(chmod(path, 0700), 0);
    assert_true(temp_paths_prepare(path, &who, &err));
}

/* --- as root --- */

static void another_account_s_is_given(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mkdir(above, 0755), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chown(path, OTHER, OTHER), 0);
    assert_true(temp_paths_prepare(path, &DAEMON, &err));
    assert_int_equal(owner(path), DAEMON.uid);
}

static void what_is_of_use_keeps_its_owner(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mkdir(above, 0755), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, 01777), 0);
    assert_true(temp_paths_prepare(path, &DAEMON, &err));
    assert_int_equal(owner(path), 0);
}

static void what_the_account_cannot_reach_is_an_error(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mkdir(above, 0700), 0);
    assert_false(temp_paths_prepare(path, &DAEMON, &err));
    assert_non_null(strstr(err.text, "failed (13: Permission denied)"));
    assert_int_equal(chmod(above, 0711), 0);
    assert_true(temp_paths_prepare(path, &DAEMON, &err));
}

/* A link that another account made leads where root must make and give nothing. */
static void a_link_of_another_account_is_not_followed(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    char precious[80], link[96], behind[112];
    snprintf(precious, sizeof(precious), "%s/precious", top);
    snprintf(link, sizeof(link), "%s/link", above);
    snprintf(behind, sizeof(behind), "%s/body", link);
    assert_int_equal(mkdir(precious, 0755), 0);
    assert_int_equal(mkdir(above, 0755), 0);
    assert_int_equal(chown(above, DAEMON.uid, DAEMON.gid), 0);
    assert_int_equal(symlink(precious, link), 0);
    assert_false(temp_paths_prepare(link, &DAEMON, &err));
    assert_non_null(strstr(err.text, "symbolic link"));
    assert_false(temp_paths_prepare(behind, &DAEMON, &err));
    assert_non_null(strstr(err.text, "symbolic link"));
    assert_int_equal(owner(precious), 0);
    assert_int_equal(rmdir(precious), 0); /* empty: nothing was made in it */
    unlink(link);
}

/* --- as an ordinary account --- */

static void another_account_s_is_an_error(void **state)
{
    if (geteuid() == 0) {
        skip(); /* tests/e2e/conf/test_temp_paths.py has it */
    }
    const struct privileges who = account();
    assert_false(temp_paths_prepare("/usr", &who, &err));
    assert_non_null(strstr(err.text, "\"/usr\" failed (13: Permission denied)"));
    assert_false(temp_paths_prepare("/yett-body", &who, &err));
    assert_non_null(strstr(err.text, "mkdir() \"/yett-body\" failed (13: Permission denied)"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_top, remove_top)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_missing_is_made),
        TEST(a_slash_at_the_end_changes_nothing),
        TEST(what_is_missing_above_is_an_error),
        TEST(a_file_in_its_place_is_an_error),
        TEST(of_no_use_to_its_own_account),
        TEST(another_account_s_is_given),
        TEST(what_is_of_use_keeps_its_owner),
        TEST(what_the_account_cannot_reach_is_an_error),
        TEST(a_link_of_another_account_is_not_followed),
        TEST(another_account_s_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
