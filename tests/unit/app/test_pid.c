/* SPDX-License-Identifier: Apache-2.0 */
/* The pid file, and what of its content is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static pid_t written(void)
{
    struct error err;
    pid_t pid;
    int fd = pid_open(path, &pid, &err);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0 ? pid : 0;
}

static void what_was_written_is_read(void **state)
{
    struct error err;
    struct stat st;
    put("a longer text of somebody who was here before\n");
    mode_t mask = umask(027);
    int fd = pid_write(path, &err);
    assert_int_equal(umask(mask), 027);
    assert_true(fd >= 0);
    assert_int_equal(written(), getpid());
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    close(fd);
}

static void other_content_is_refused(void **state)
{
    static const char *const CASES[] = {"",
                                        "\n",
                                        "x",
                                        "12x\n",
                                        "-1\n",
                                        "0\n",
                                        " 12\n",
                                        "99999999999\n",
                                        "123456789012345678901234567890"};
    struct error err;
    pid_t pid;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        put(CASES[i]);
        assert_int_equal(pid_open(path, &pid, &err), -1);
        assert_non_null(strstr(err.text, "invalid PID number \""));
    }
}

static void a_missing_file_is_named(void **state)
{
    struct error err;
    pid_t pid;
    char wanted[256];
    assert_int_equal(pid_open(path, &pid, &err), -1);
    snprintf(wanted, sizeof(wanted), "open() \"%s\" failed (2: No such file or directory)", path);
    assert_string_equal(err.text, wanted);
    assert_int_equal(pid_write("/nonexistent/yett.pid", &err), -1);
}

static void only_ones_own_file_is_removed(void **state)
{
    struct error err;
    int first = pid_write(path, &err), second = pid_write(path, &err);
    assert_true(first >= 0 && second >= 0);
    pid_remove(path, first);
    assert_int_equal(access(path, F_OK), 0);
    pid_remove(path, second);
    assert_int_not_equal(access(path, F_OK), 0);
    pid_remove(path, second);
    close(first);
    close(second);
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
    int fd = pid_write(beyond, &err); /* the link is root's, in a directory of root */
    assert_true(fd >= 0);
    assert_int_equal(chmod(dir, 0777), 0);
    assert_int_equal(pid_write(beyond, &err), -1);
    assert_non_null(strstr(err.text, "symbolic link"));
    pid_remove(beyond, fd);
    assert_int_equal(access(beyond, F_OK), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    pid_remove(beyond, fd);
    assert_int_not_equal(access(beyond, F_OK), 0);
    close(fd);
    unlink(link);
    rmdir(there);
}

static void nothing_is_left_beside_it(void **state)
{
    struct error err;
    int fd = pid_write(path, &err);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(pid_write(path, &err), -1);
    assert_non_null(strstr(err.text, "rename()"));
    assert_int_equal(rmdir(path), 0); /* and the directory can be removed: it is empty */
}

/* --- signals --- */

/* A process that ends by SIGTERM, with the pid file or without one. */
static pid_t start_process(bool with_file)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct error err;
        byte = !with_file || pid_write(path, &err) >= 0;
        if (write(ready[1], &byte, 1) == 1) {
            pause();
        }
        _exit(1);
    }
    assert_true(pid > 0);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static bool signal_by_file(struct error *err)
{
    pid_t pid;
    int fd = pid_open(path, &pid, err);
    assert_true(fd >= 0);
    bool ok = pid_signal(fd, path, pid, SIGTERM, err);
    close(fd);
    return ok;
}

static bool runs(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == 0;
}

static void end(pid_t pid)
{
    assert_true(runs(pid));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void only_who_wrote_the_file_gets_a_signal(void **state)
{
    struct error err;
    int status;
    pid_t master = start_process(true);
    assert_int_equal(written(), master);
    assert_true(signal_by_file(&err));
    assert_int_equal(waitpid(master, &status, 0), master);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_false(signal_by_file(&err)); /* it has gone, and its lock */
    assert_non_null(strstr(err.text, "failed (3: No such process)"));
}

static void refuse_number(pid_t pid)
{
    struct error err;
    char text[32];
    snprintf(text, sizeof(text), "%d\n", (int)pid);
    put(text);
    assert_false(signal_by_file(&err));
    assert_non_null(strstr(err.text, "it is not the master that wrote"));
}

static void a_number_that_another_account_wrote(void **state)
{
    char aside[112];
    struct error err;
    pid_t other = start_process(false), master = start_process(true);
    snprintf(aside, sizeof(aside), "%s.aside", path);
    assert_int_equal(rename(path, aside), 0);
    refuse_number(other);
    refuse_number(master);
    assert_int_equal(rename(aside, path), 0);
    refuse_number(other); /* in the file that the master has locked */
    end(other);
    assert_true(runs(master));
    char text[32];
    snprintf(text, sizeof(text), "%d\n", (int)master);
    put(text);
    assert_true(signal_by_file(&err));
    assert_int_equal(waitpid(master, NULL, 0), master);
}

/* As the first process in a container. */
static void the_first_process_can_be_the_master(void **state)
{
    pid_t pid;
    struct error err;
    put("1\n");
    int fd = pid_open(path, &pid, &err);
    assert_true(fd >= 0);
    assert_int_equal(pid, 1);
    assert_false(pid_signal(fd, path, pid, 0, &err));
    assert_non_null(strstr(err.text, "it is not the master that wrote"));
    close(fd);
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
        cmocka_unit_test_setup_teardown(only_who_wrote_the_file_gets_a_signal, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(a_number_that_another_account_wrote, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(the_first_process_can_be_the_master, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
