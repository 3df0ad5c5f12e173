/* SPDX-License-Identifier: Apache-2.0 */
/* Names of Unix sockets, and what another account may have put in their place. */
#include "net/unix_socket.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OURS = 0755, SHARED = 0777 };

/* For root below /run: no directory that leads there is shared, as /tmp is. */
static char dir[48], sub[64], path[sizeof(((struct sockaddr_un *)NULL)->sun_path)], other[96];
static struct error err;

static int make_dir(void **unused)
{
    snprintf(dir, sizeof(dir), geteuid() == 0 ? "/run/yett-unix-XXXXXX" : "/tmp/yett-unix-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chmod(dir, OURS), 0);
    snprintf(sub, sizeof(sub), "%s/sub", dir);
    assert_int_equal(mkdir(sub, OURS), 0);
    snprintf(path, sizeof(path), "%s/socket", sub);
    snprintf(other, sizeof(other), "%s/other", dir);
    err.text[0] = '\0';
    return 0;
}

static int remove_dir(void **unused)
{
    unlink(path);
    unlink(other);
    unlink(sub);
    rmdir(sub);
    rmdir(other);
    return rmdir(dir);
}

static void share(const char *directory)
{
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(chmod(directory, SHARED), 0);
}

static struct address address_at(const char *file)
{
    struct address address;
    char text[160];
    snprintf(text, sizeof(text), "unix:%s", file);
    assert_true(address_parse(str_of(text), 0, &address));
    return address;
}

/* A socket that listens there, or -1. */
static int bind_to(const char *file)
{
    struct address address = address_at(file);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (!unix_socket_bind(fd, &address, &err)) {
        close(fd);
        return -1;
    }
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static bool is_served(const char *file)
{
    struct address address = address_at(file);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, &address.u.sa, address.len) == 0;
    close(fd);
    return ok;
}

static bool is_known_as(int fd, const char *name)
{
    struct sockaddr_un un = {0};
    socklen_t len = sizeof(un);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&un, &len), 0);
    return strcmp(un.sun_path, name) == 0;
}

static mode_t type_of(const char *file)
{
    struct stat st;
    assert_int_equal(lstat(file, &st), 0);
    return st.st_mode & S_IFMT;
}

static void leave_behind(const char *file)
{
    int fd = bind_to(file);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(type_of(file), S_IFSOCK);
}

static void check_bound_for_all(int fd)
{
    struct stat st;
    assert_true(fd >= 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0666);
    assert_true(is_served(path));
    close(fd);
    assert_false(is_served(path));
}

static void a_directory_of_ones_own(void **unused)
{
    mode_t mask = umask(077);
    int fd = bind_to(path);
    assert_int_equal(umask(mask), 077);
    assert_true(is_known_as(fd, path));
    check_bound_for_all(fd);
}

/* By its descriptor: what the path leads to by then does not matter. */
static void check_shared(const char *directory)
{
    char before[PATH_MAX], after[PATH_MAX];
    assert_non_null(getcwd(before, sizeof(before)));
    share(directory);
    int fd = bind_to(path);
    assert_true(fd >= 0);
    assert_true(is_known_as(fd, "socket"));
    assert_string_equal(getcwd(after, sizeof(after)), before);
    check_bound_for_all(fd);
}

static void a_shared_directory(void **unused)
{
    check_shared(sub);
}

static void a_directory_below_a_shared_one(void **unused)
{
    check_shared(dir);
}

static void the_longest_path(void **unused)
{
    memset(path + strlen(path), 'x', sizeof(path) - 1 - strlen(path));
    check_bound_for_all(bind_to(path));
    share(sub);
    check_bound_for_all(bind_to(path)); /* in place of the first, which nothing serves any more */
}

/* A link of root's own is followed; one that another account can have made is not. */
static void a_link_in_the_place_of_the_directory(void **unused)
{
    assert_int_equal(rename(sub, other), 0);
    assert_int_equal(symlink(other, sub), 0);
    int fd = bind_to(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(unlink(path), 0);
    share(dir);
    assert_int_equal(bind_to(path), -1);
    assert_non_null(strstr(err.text, "bind() to unix:"));
    assert_non_null(strstr(err.text, "\"sub\" is a symbolic link"));
    assert_int_equal(access(path, F_OK), -1);
}

static void refuse_a_link(const char *target, mode_t type)
{
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(bind_to(path), -1);
    assert_non_null(strstr(err.text, "Address already in use"));
    assert_int_equal(type_of(target), type);
    assert_int_equal(type_of(path), S_IFLNK);
    assert_int_equal(unlink(path), 0);
}

static void a_link_in_the_place_of_the_socket(void **unused)
{
    leave_behind(other);
    refuse_a_link(other, S_IFSOCK);
    share(sub);
    refuse_a_link(other, S_IFSOCK);
    assert_int_equal(unlink(other), 0);
    close(open(other, O_CREAT | O_WRONLY, 0600));
    refuse_a_link(other, S_IFREG);
    assert_int_equal(unlink(other), 0);
    assert_int_equal(symlink(other, path), 0); /* to nothing, where the socket would be made */
    assert_int_equal(bind_to(path), -1);
    assert_int_equal(access(other, F_OK), -1);
}

static void check_what_is_in_the_way(void)
{
    leave_behind(path);
    int fd = bind_to(path);
    assert_true(fd >= 0);
    assert_int_equal(bind_to(path), -1); /* a process listens on it */
    assert_non_null(strstr(err.text, "Address already in use"));
    assert_true(is_served(path));
    close(fd);
    assert_int_equal(unlink(path), 0);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(bind_to(path), -1); /* no socket */
    assert_int_equal(type_of(path), S_IFREG);
    assert_int_equal(unlink(path), 0);
}

static void only_a_socket_left_behind_is_replaced(void **unused)
{
    check_what_is_in_the_way();
    share(sub);
    check_what_is_in_the_way();
}

static void a_path_without_a_name_or_a_directory(void **unused)
{
    char wanted[256];
    snprintf(path, sizeof(path), "%s/no/socket", sub);
    assert_int_equal(bind_to(path), -1);
    snprintf(wanted, sizeof(wanted), "bind() to unix:%s failed (2: No such file or directory)",
             path);
    assert_string_equal(err.text, wanted);
    snprintf(path, sizeof(path), "%s/", sub);
    assert_int_equal(bind_to(path), -1);
    share(sub);
    assert_int_equal(bind_to(path), -1);
    assert_non_null(strstr(err.text, "Is a directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_directory_of_ones_own, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_shared_directory, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_directory_below_a_shared_one, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(the_longest_path, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_link_in_the_place_of_the_directory, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_link_in_the_place_of_the_socket, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(only_a_socket_left_behind_is_replaced, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(a_path_without_a_name_or_a_directory, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
