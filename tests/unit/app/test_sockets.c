/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets that outlive a configuration. */
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

#include "app/sockets.h"

static const struct log quiet = {0};

static struct listener make_listener(const char *text)
{
    struct listener listener = {.text = str_of(text)};
    assert_true(address_parse(listener.text, 0, &listener.address));
    if (listener.address.u.sa.sa_family == AF_INET) {
        address_set_port(&listener.address, 0); /* which cannot be written */
    }
    return listener;
}

static ino_t inode(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return st.st_ino;
}

/* Port 0 stands for "some address": what matters is what was asked for. */
static void a_kept_socket_is_taken_over_and_others_are_new(void **state)
{
    struct listener one = make_listener("127.0.0.1:1"), two = make_listener("127.0.0.2:1");
    struct listener *both[] = {&one, &two}, *second[] = {&two};
    struct settings first = {.listeners = second, .listeners_n = 1, .log = &quiet};
    struct settings then = {.listeners = both, .listeners_n = 2, .log = &quiet};
    struct sockets none = {0}, before, after;
    struct error err;
    assert_true(sockets_bind(&first, &none, &before, &err));
    assert_true(sockets_bind(&then, &before, &after, &err));
    assert_int_equal(after.n, 2);
    assert_int_equal(inode(after.items[1].fd), inode(before.items[0].fd));
    assert_int_not_equal(inode(after.items[0].fd), inode(before.items[0].fd));
    assert_ptr_equal(sockets_find(&after, &two.address), &after.items[1]);
    assert_null(sockets_find(&before, &one.address));
    sockets_deinit(&before);
    sockets_deinit(&after);
}

static void changed_options_wait_for_a_restart_but_the_backlog(void **state)
{
    struct listener one = make_listener("127.0.0.1:1");
    struct listener *all[] = {&one};
    struct settings settings = {.listeners = all, .listeners_n = 1, .log = &quiet};
    struct sockets none = {0}, before, after;
    struct error err;
    assert_true(sockets_bind(&settings, &none, &before, &err));
    one.options.rcvbuf = 8192;
    one.options.backlog = 3;
    assert_true(sockets_bind(&settings, &before, &after, &err));
    assert_int_equal(inode(after.items[0].fd), inode(before.items[0].fd));
    assert_int_equal(after.items[0].options.rcvbuf, 0);
    assert_int_equal(after.items[0].options.backlog, 3);
    sockets_deinit(&before);
    sockets_deinit(&after);
}

static void an_item_travels_as_bytes_beside_its_descriptor(void **state)
{
    struct bound_socket item = {.options.backlog = 7, .fd = 1234};
    struct sockets sockets = {0};
    int fd = dup(0);
    assert_true(address_parse(STR("127.0.0.1:80"), 0, &item.address));
    assert_true(sockets_add_bytes(&sockets, sockets_item_bytes(&item), fd));
    assert_int_equal(sockets.n, 1);
    assert_int_equal(sockets.items[0].fd, fd);
    assert_int_equal(sockets.items[0].options.backlog, 7);
    assert_ptr_equal(sockets_find(&sockets, &item.address), &sockets.items[0]);
    struct str bytes = sockets_item_bytes(&item);
    assert_false(sockets_add_bytes(&sockets, str_skip(bytes, 1), fd));
    assert_false(sockets_add_bytes(&sockets, bytes, -1));
    assert_int_equal(sockets.n, 1);
    sockets_deinit(&sockets);
}

static void an_address_in_use_is_refused_by_name(void **state)
{
    struct address taken;
    struct listen_options options = {0};
    struct sockets none = {0}, out;
    struct error err;
    assert_true(address_parse(STR("127.0.0.1:1"), 0, &taken));
    address_set_port(&taken, 0);
    int fd = socket_listen(&taken, &options, &err);
    assert_true(fd >= 0);
    taken.len = sizeof(taken.u);
    assert_int_equal(getsockname(fd, &taken.u.sa, &taken.len), 0);
    struct listener one = {.address = taken};
    struct listener *all[] = {&one};
    struct settings settings = {.listeners = all, .listeners_n = 1, .log = &quiet};
    assert_false(sockets_bind(&settings, &none, &out, &err));
    assert_non_null(strstr(err.text, "bind() to 127.0.0.1:"));
    assert_int_equal(out.n, 0);
    close(fd);
}

static void names_of_unix_sockets_go_with_their_last_configuration(void **state)
{
    char dir[] = "/tmp/yett-sockets-XXXXXX", path[64], text[80];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/socket", dir);
    snprintf(text, sizeof(text), "unix:%s", path);
    struct listener one = make_listener(text);
    struct listener *all[] = {&one};
    struct settings settings = {.listeners = all, .listeners_n = 1, .log = &quiet};
    struct sockets none = {0}, out;
    struct error err;
    mode_t mask = umask(077); /* which is for files, and not for a socket that all may connect to */
    assert_true(sockets_bind(&settings, &none, &out, &err));
    assert_int_equal(umask(mask), 077);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0666);
    sockets_unlink(&out, &out);
    assert_int_equal(access(path, F_OK), 0);
    sockets_unlink(&out, &none);
    assert_int_not_equal(access(path, F_OK), 0);
    sockets_deinit(&out);
    assert_int_equal(rmdir(dir), 0);
}

/* Root removes no name where another account has led the path. */
static void a_unix_socket_in_a_directory_of_another_account(void **state)
{
    char dir[] = "/tmp/yett-sockets-XXXXXX", there[48], link[48], text[80];
    struct sockets none = {0}, out;
    struct error err;
    if (geteuid() != 0) {
        skip();
    }
    assert_non_null(mkdtemp(dir));
    snprintf(there, sizeof(there), "%s/there", dir);
    snprintf(link, sizeof(link), "%s/link", dir);
    assert_int_equal(mkdir(there, 0755), 0);
    assert_int_equal(symlink(there, link), 0);
    snprintf(text, sizeof(text), "unix:%s/socket", link);
    struct listener one = make_listener(text);
    struct listener *all[] = {&one};
    struct settings settings = {.listeners = all, .listeners_n = 1, .log = &quiet};
    assert_true(sockets_bind(&settings, &none, &out, &err));
    assert_int_equal(chmod(dir, 0777), 0);
    sockets_unlink(&out, &none);
    assert_int_equal(access(text + strlen("unix:"), F_OK), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    sockets_unlink(&out, &none);
    assert_int_not_equal(access(text + strlen("unix:"), F_OK), 0);
    sockets_deinit(&out);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(rmdir(there), 0);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kept_socket_is_taken_over_and_others_are_new),
        cmocka_unit_test(changed_options_wait_for_a_restart_but_the_backlog),
        cmocka_unit_test(an_item_travels_as_bytes_beside_its_descriptor),
        cmocka_unit_test(an_address_in_use_is_refused_by_name),
        cmocka_unit_test(names_of_unix_sockets_go_with_their_last_configuration),
        cmocka_unit_test(a_unix_socket_in_a_directory_of_another_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
