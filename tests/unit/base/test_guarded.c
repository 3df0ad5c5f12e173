/* SPDX-License-Identifier: Apache-2.0 */
/* Files that root opens beside what another account has put there. */
#include "base/guarded.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OURS = 0755, SHARED = 0777, STICKY = 01777, APPEND = O_WRONLY | O_APPEND | O_CREAT };

static char dir[64], path[96], target[96], inner[96];

static int make(void **unused)
{
    if (geteuid() != 0) {
        return 0;
    }
    snprintf(dir, sizeof(dir), "/tmp/yett-guarded-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/log", dir);
    snprintf(target, sizeof(target), "%s/target", dir);
    snprintf(inner, sizeof(inner), "%s/inner", dir);
    return 0;
}

static int clean(void **unused)
{
    unlink(path);
    unlink(target);
    rmdir(inner);
    unlink(inner);
    rmdir(dir);
    return 0;
}

static bool opens(const char *file, mode_t directory, const char *why)
{
    struct error err = {""};
    assert_int_equal(chmod(dir, directory), 0);
    int fd = guarded_open(file, APPEND, 0644, &err);
    if (fd < 0) {
        assert_true(!why || strstr(err.text, why));
        assert_non_null(strstr(err.text, file));
        return false;
    }
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
    return true;
}

static void need_root(void)
{
    if (geteuid() != 0) {
        skip();
    }
}

static void plain_files(void **unused)
{
    need_root();
    assert_true(opens(path, OURS, NULL));
    assert_true(opens(path, SHARED, NULL));
    assert_int_equal(link(path, target), 0);
    assert_true(opens(path, OURS, NULL));
    assert_false(opens(path, SHARED, "a file with more than one hard link"));
    assert_int_equal(chown(dir, 1, 1), 0); /* not root's directory, whatever its mode */
    assert_false(opens(path, OURS, "a file with more than one hard link"));
    assert_true(opens("/dev/null", OURS, NULL));
}

static void links(void **unused)
{
    need_root();
    assert_true(opens(target, OURS, NULL));
    assert_int_equal(symlink("target", path), 0);
    assert_true(opens(path, OURS, NULL));
    assert_false(opens(path, SHARED, "\"log\" is a symbolic link"));
    assert_true(opens(path, STICKY, NULL));
    assert_int_equal(lchown(path, 1, 1), 0);
    assert_false(opens(path, STICKY, "\"log\" is a symbolic link"));
    unlink(path);
    assert_int_equal(symlink(path, path), 0);
    assert_false(opens(path, OURS, "Too many levels"));
}

/* As in a container: /var/log/yett/access.log -> /dev/stdout. */
static void links_to_standard_output(void **unused)
{
    need_root();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char ours[64];
    snprintf(ours, sizeof(ours), "/dev/fd/%d", ends[1]);
    assert_int_equal(symlink(ours, path), 0);
    assert_true(opens(path, OURS, NULL));
    assert_false(opens(path, SHARED, "symbolic link"));
    close(ends[0]);
    close(ends[1]);
}

static void a_link_to_a_link_of_another(void **unused)
{
    need_root();
    char hop[128];
    assert_int_equal(mkdir(inner, 0777), 0);
    assert_int_equal(chmod(inner, 0777), 0);
    snprintf(hop, sizeof(hop), "%s/hop", inner);
    assert_int_equal(symlink(hop, path), 0);
    assert_true(opens(path, OURS, NULL)); /* a file, made there */
    unlink(hop);
    assert_int_equal(symlink(target, hop), 0);
    assert_false(opens(path, OURS, "\"hop\" is a symbolic link"));
    unlink(hop);
}

static void a_directory_that_is_a_link(void **unused)
{
    need_root();
    char below[128];
    snprintf(below, sizeof(below), "%s/passwd", inner);
    assert_int_equal(symlink("/etc", inner), 0);
    struct error err = {""};
    assert_int_equal(chmod(dir, SHARED), 0);
    assert_int_equal(guarded_open(below, O_RDONLY, 0, &err), -1);
    assert_non_null(strstr(err.text, "\"inner\" is a symbolic link"));
    assert_int_equal(chmod(dir, OURS), 0);
    int fd = guarded_open(below, O_RDONLY, 0, &err);
    assert_true(fd >= 0);
    close(fd);
}

/* The name is removed where the path says, and not where another account has led it. */
static void a_name_is_removed(void **unused)
{
    need_root();
    char below[128], there[128], beyond[160];
    snprintf(below, sizeof(below), "%s/log", inner);
    snprintf(there, sizeof(there), "%s/there", dir);
    assert_int_equal(mkdir(there, 0755), 0);
    assert_int_equal(symlink(there, inner), 0);
    snprintf(beyond, sizeof(beyond), "%s/log", there);
    close(open(beyond, APPEND, 0644));
    assert_int_equal(chmod(dir, SHARED), 0);
    assert_false(guarded_unlink(below));
    assert_int_equal(access(beyond, F_OK), 0);
    assert_int_equal(chmod(dir, OURS), 0);
    assert_true(guarded_unlink(below));
    assert_int_not_equal(access(beyond, F_OK), 0);
    assert_int_equal(rmdir(there), 0);
    close(open(path, APPEND, 0644));
    assert_int_equal(chmod(dir, SHARED), 0);
    assert_true(guarded_unlink(path));
    assert_false(guarded_unlink(path));
}

static void directories(void **unused)
{
    static const struct {
        const char *path, *name;
    } CASES[] = {{"/a", "a"}, {"//a", "a"}, {"a", "a"}, {"./a", "a"}, {"/dev/../a", "a"}};
    struct error err;
    const char *name;
    bool shared;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        int fd = guarded_directory(CASES[i].path, &name, &shared, &err);
        assert_true(fd >= 0);
        assert_string_equal(name, CASES[i].name);
        close(fd);
    }
    assert_int_equal(guarded_directory("/nonexistent/a", &name, &shared, &err), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(guarded_directory("/dev/null/a", &name, &shared, &err), -1);
    assert_int_equal(errno, ENOTDIR);
}

static bool leads_through_shared(const char *file)
{
    struct error err;
    const char *name;
    bool shared;
    int fd = guarded_directory(file, &name, &shared, &err);
    assert_true(fd >= 0);
    close(fd);
    return shared;
}

static void directories_that_another_account_can_write_to(void **unused)
{
    need_root();
    char below[128];
    snprintf(below, sizeof(below), "%s/log", inner);
    assert_int_equal(mkdir(inner, OURS), 0);
    assert_false(leads_through_shared("/a"));
    assert_false(leads_through_shared("/dev/null"));
    assert_true(leads_through_shared("/tmp/a")); /* the directory itself */
    assert_true(leads_through_shared(below));    /* one above it */
    assert_int_equal(chdir(inner), 0);
    assert_false(leads_through_shared("log")); /* which no path leads to */
    assert_int_equal(chmod(inner, SHARED), 0);
    assert_true(leads_through_shared("log"));
    assert_int_equal(chdir("/"), 0);
}

/* Nobody reads it: waiting would be for good. */
static void a_fifo(void **unused)
{
    need_root();
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_false(opens(path, OURS, "No such device"));
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(opens(path, OURS, NULL));
    assert_false(opens(path, SHARED, "not a regular file"));
    close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_files, make, clean),
        cmocka_unit_test_setup_teardown(links, make, clean),
        cmocka_unit_test_setup_teardown(links_to_standard_output, make, clean),
        cmocka_unit_test_setup_teardown(a_link_to_a_link_of_another, make, clean),
        cmocka_unit_test_setup_teardown(a_directory_that_is_a_link, make, clean),
        cmocka_unit_test_setup_teardown(a_name_is_removed, make, clean),
        cmocka_unit_test(directories),
        cmocka_unit_test_setup_teardown(directories_that_another_account_can_write_to, make, clean),
        cmocka_unit_test_setup_teardown(a_fifo, make, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
