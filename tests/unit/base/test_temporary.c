/* SPDX-License-Identifier: Apache-2.0 */
/* Files without a name, also on a file system that has no such thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/temporary.h"

static char top[64];
static char dir[96];
static char text[512];

static int make_top(void **state)
{
    snprintf(top, sizeof(top), "/tmp/yett-temporary-XXXXXX");
    assert_non_null(mkdtemp(top));
    snprintf(dir, sizeof(dir), "%s/body", top);
    return 0;
}

static int remove_top(void **state)
{
    (void)unlink(dir);
    (void)rmdir(dir);
    return rmdir(top);
}

static bool is_empty(const char *path)
{
    DIR *opened = opendir(path);
    if (!opened) {
        return false;
    }
    int n = 0;
    while (readdir(opened)) {
        n++;
    }
    closedir(opened);
    return n == 2; /* "." and ".." */
}

/* 0: a file that can be written and read, closes on exec, and has no name any more. */
static int try_dir(const char *path)
{
    struct error err;
    struct stat st;
    char got[4];
    int fd = temporary_open(path, &err);
    if (fd < 0) {
        return 1;
    }
    bool ok = write(fd, "body", 4) == 4 && pread(fd, got, 4, 0) == 4 && memcmp(got, "body", 4) == 0;
    bool mine = fstat(fd, &st) == 0 && st.st_nlink == 0 && (st.st_mode & 0777) == 0600 &&
                fcntl(fd, F_GETFD) == FD_CLOEXEC;
    close(fd);
    return !ok ? 2 : !mine ? 3 : !is_empty(path) ? 4 : 0;
}

static void a_file_in_a_directory(void **state)
{
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(try_dir(dir), 0);
}

static void a_missing_directory_is_made(void **state)
{
    struct stat st;
    assert_int_equal(try_dir(dir), 0);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void fails(const char *path, const char *what, const char *why)
{
    struct error err;
    assert_int_equal(temporary_open(path, &err), -1);
    snprintf(text, sizeof(text), "%s \"%s\" failed (%s)", what, path, why);
    assert_string_equal(err.text, text);
}

static void others_are_errors(void **state)
{
    char below[128];
    snprintf(below, sizeof(below), "%s/more", dir);
    fails(below, "mkdir()", "2: No such file or directory");
    fclose(fopen(dir, "w"));
    fails(dir, "open() of a temporary file in", "20: Not a directory");
    unlink(dir);
    assert_int_equal(symlink("nowhere", dir), 0);
    fails(dir, "open() of a temporary file in", "2: No such file or directory");
}

/* From now on the kernel answers O_TMPFILE as for NFS. */
static bool without_tmpfile(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT_OF(code), code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
           open(top, O_TMPFILE | O_RDWR, 0600) < 0 && errno == EOPNOTSUPP;
}

static int in_a_child(const char *path)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(without_tmpfile() ? try_dir(path) : 9);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_file_system_without_such_files(void **state)
{
    assert_int_equal(in_a_child(dir), 0); /* made */
    assert_int_equal(in_a_child(dir), 0); /* there */
    assert_int_equal(rmdir(dir), 0);
    fclose(fopen(dir, "w"));
    assert_int_equal(in_a_child(dir), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_in_a_directory, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_missing_directory_is_made, make_top, remove_top),
        cmocka_unit_test_setup_teardown(others_are_errors, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_file_system_without_such_files, make_top, remove_top),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
