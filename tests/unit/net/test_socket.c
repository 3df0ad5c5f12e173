/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/socket.h"

static int listen_anywhere(struct address *address)
{
    struct error err;
    struct listen_options options = {0};
    assert_true(address_parse(STR("127.0.0.1:1"), 1, address));
    address_set_port(address, 0);
    int fd = socket_listen(address, &options, &err);
    assert_true(fd >= 0);
    socket_local(fd, address);
    assert_true(address_port(address) > 0);
    return fd;
}

static void wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    assert_int_equal(poll(&p, 1, 5000), 1);
}

static void bytes_go_both_ways(void **state)
{
    (void)state;
    struct address address, peer;
    int listener = listen_anywhere(&address);
    int client, server, errnum = 0;
    size_t n;
    char data[8];
    assert_int_equal(socket_accept(listener, &server, &peer, &errnum), IO_WANT_READ);
    enum io io = socket_connect(&address, NULL, &client, &errnum);
    assert_true(io == IO_DONE || io == IO_WANT_WRITE);
    wait_for(client, POLLOUT);
    assert_int_equal(socket_connected(client), 0);
    wait_for(listener, POLLIN);
    assert_int_equal(socket_accept(listener, &server, &peer, &errnum), IO_DONE);
    assert_int_equal(peer.u.sa.sa_family, AF_INET);
    assert_int_equal(socket_read(server, data, sizeof(data), &n, &errnum), IO_WANT_READ);
    assert_int_equal(write(client, "hi", 2), 2);
    wait_for(server, POLLIN);
    assert_int_equal(socket_read(server, data, sizeof(data), &n, &errnum), IO_DONE);
    assert_int_equal(n, 2);
    close(client);
    wait_for(server, POLLIN);
    assert_int_equal(socket_read(server, data, sizeof(data), &n, &errnum), IO_CLOSED);
    close(server);
    close(listener);
}

static void a_refused_connection_says_why(void **state)
{
    (void)state;
    struct address address;
    int listener = listen_anywhere(&address);
    close(listener);
    int client, errnum = 0;
    enum io io = socket_connect(&address, NULL, &client, &errnum);
    if (io == IO_WANT_WRITE) {
        wait_for(client, POLLOUT);
        errnum = socket_connected(client);
        close(client);
    }
    assert_int_equal(errnum, ECONNREFUSED);
}

static void an_address_in_use_is_named(void **state)
{
    (void)state;
    struct address address;
    struct error err;
    struct listen_options options = {0};
    int listener = listen_anywhere(&address);
    assert_int_equal(socket_listen(&address, &options, &err), -1);
    assert_non_null(strstr(err.text, "bind() to 127.0.0.1:"));
    assert_non_null(strstr(err.text, "failed (98: Address already in use)"));
    close(listener);
}

static void a_unix_socket_left_behind_is_replaced_a_live_one_is_not(void **state)
{
    (void)state;
    char path[] = "/tmp/test-socket-XXXXXX";
    struct address address;
    struct error err;
    struct listen_options options = {0};
    close(mkstemp(path));
    unlink(path);
    char text[64] = "unix:";
    strncat(text, path, sizeof(text) - 6);
    assert_true(address_parse(str_of(text), 1, &address));
    int first = socket_listen(&address, &options, &err);
    assert_true(first >= 0);
    assert_int_equal(socket_listen(&address, &options, &err), -1);
    assert_non_null(strstr(err.text, "Address already in use"));
    close(first);
    int second = socket_listen(&address, &options, &err);
    assert_true(second >= 0);
    close(second);
    unlink(path);
}

static void events_are_waited_for_until_a_time(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    clock_update();
    uint64_t start = clock_now().mono_ms;
    assert_false(socket_wait(ends[0], POLLIN, start + 50));
    clock_update();
    assert_true(clock_now().mono_ms >= start + 50);
    assert_true(socket_wait(ends[1], POLLOUT, start + 5000));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(socket_wait(ends[0], POLLIN, start + 5000));
    assert_false(socket_wait(ends[0], POLLIN, start)); /* that time is over */
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_both_ways),
        cmocka_unit_test(a_refused_connection_says_why),
        cmocka_unit_test(an_address_in_use_is_named),
        cmocka_unit_test(a_unix_socket_left_behind_is_replaced_a_live_one_is_not),
        cmocka_unit_test(events_are_waited_for_until_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
