/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate/output.h"

enum { SCRATCH = 64 * 1024 };

static char scratch[SCRATCH];
static struct spare_bufs spare_bufs;

struct pair {
    struct transport transport;
    int peer;
    struct buf got;
};

static struct pair make_pair(void)
{
    int fds[2];
    struct pair pair = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    transport_init(&pair.transport, fds[0]);
    pair.peer = fds[1];
    return pair;
}

static void drop_pair(struct pair *pair)
{
    transport_deinit(&pair->transport);
    close(pair->transport.fd);
    close(pair->peer);
    buf_deinit(&pair->got);
}

static void drain(struct pair *pair)
{
    for (;;) {
        char *room = buf_reserve(&pair->got, 65536);
        ssize_t n = read(pair->peer, room, 65536);
        if (n <= 0) {
            return;
        }
        buf_grew(&pair->got, (size_t)n);
    }
}

static enum io flush_all(struct output *output, struct pair *pair)
{
    struct error err;
    enum io io;
    do {
        io = output_flush(output, &pair->transport, scratch, SCRATCH, &err);
        drain(pair);
    } while (io == IO_WANT_WRITE);
    return io;
}

static int file_of(struct str content)
{
    char path[] = "/tmp/test-output-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, content.p, content.n), (ssize_t)content.n);
    return fd;
}

static void bytes_and_files_keep_their_order(void **state)
{
    (void)state;
    struct pair pair = make_pair();
    struct output output;
    output_init(&output, &spare_bufs);
    int fd = file_of(STR("0123456789"));
    output_bytes(&output, STR("a"));
    output_file(&output, fd, 2, 3, false);
    output_bytes(&output, STR("bc"));
    output_file(&output, fd, 0, 1, false);
    output_file(&output, fd, 9, 1, true);
    output_bytes(&output, STR("d"));
    assert_int_equal(output_size(&output), 1 + 3 + 2 + 1 + 1 + 1);
    assert_int_equal(flush_all(&output, &pair), IO_DONE);
    assert_true(str_eq(buf_view(&pair.got), STR("a234bc09d")));
    assert_int_equal(output.sent, 9);
    assert_int_equal(output_size(&output), 0);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* owned: closed */
    output_deinit(&output);
    drop_pair(&pair);
}

static void a_slow_client_gets_everything_in_the_end(void **state)
{
    (void)state;
    enum { SIZE = 3 * 1024 * 1024 };
    struct pair pair = make_pair();
    struct output output;
    output_init(&output, &spare_bufs);
    char *big = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        big[i] = (char)(i * 7 / 5);
    }
    int fd = file_of((struct str){big, SIZE});
    output_bytes(&output, (struct str){big, SIZE});
    output_file(&output, fd, 0, SIZE, true);
    struct error err;
    assert_int_equal(output_flush(&output, &pair.transport, scratch, SCRATCH, &err), IO_WANT_WRITE);
    drain(&pair);
    assert_int_equal(flush_all(&output, &pair), IO_DONE);
    assert_int_equal(buf_size(&pair.got), 2 * SIZE);
    assert_memory_equal(buf_view(&pair.got).p, big, SIZE);
    assert_memory_equal(buf_view(&pair.got).p + SIZE, big, SIZE);
    output_deinit(&output);
    free(big);
    drop_pair(&pair);
}

static void a_file_that_became_shorter_is_an_error(void **state)
{
    (void)state;
    struct pair pair = make_pair();
    struct output output;
    output_init(&output, &spare_bufs);
    struct error err;
    output_file(&output, file_of(STR("short")), 0, 100, true);
    enum io io;
    do {
        io = output_flush(&output, &pair.transport, scratch, SCRATCH, &err);
    } while (io == IO_DONE && output_size(&output));
    assert_int_equal(io, IO_FAILED);
    assert_non_null(strstr(err.text, "truncated"));
    output_deinit(&output);
    drop_pair(&pair);
}

static void parts_of_a_file_are_copied_apart(void **state)
{
    (void)state;
    struct output output;
    char into[20], rest[20];
    struct error err;
    size_t n;
    output_init(&output, &spare_bufs);
    assert_int_equal(output_peek(&output, into, 3, 5, 4), 0);
    output_bytes(&output, STR("x"));
    assert_int_equal(output_peek(&output, into, 1, 5, 4), 0); /* what comes next is no file */
    output_file(&output, file_of(STR("0123456789")), 1, 9, true);
    assert_int_equal(output_peek(&output, into, 1, 5, 4), 0);
    assert_true(output_take(&output, rest, 1, &n, &err));
    memset(into, '-', sizeof(into));
    assert_int_equal(output_peek(&output, into, 4, 5, 4), 2); /* the third is not complete */
    assert_memory_equal(into, "1234-5678-", 10);
    assert_int_equal(output_size(&output), 9);
    output_skip(&output, 4);
    output_skip(&output, 4);
    assert_true(output_take(&output, rest, sizeof(rest), &n, &err));
    assert_true(n == 1 && rest[0] == '9' && !output.files);
    output_deinit(&output);
}

static void parts_of_a_file_that_became_shorter_are_missing(void **state)
{
    (void)state;
    struct output output;
    char into[20];
    struct error err;
    size_t n;
    output_init(&output, &spare_bufs);
    output_file(&output, file_of(STR("01234")), 0, 100, true);
    assert_int_equal(output_peek(&output, into, 2, 2, 10), 2);
    output_skip(&output, 2);
    output_skip(&output, 2);
    assert_int_equal(output_peek(&output, into, 2, 2, 10), 0);
    assert_false(output_take(&output, into, 2, &n, &err));
    output_deinit(&output);
}

static void a_client_that_left_is_an_error(void **state)
{
    (void)state;
    struct pair pair = make_pair();
    struct output output;
    output_init(&output, &spare_bufs);
    struct error err;
    close(pair.peer);
    output_bytes(&output, STR("x"));
    assert_int_equal(output_flush(&output, &pair.transport, scratch, SCRATCH, &err), IO_FAILED);
    output_deinit(&output);
    pair.peer = dup(pair.transport.fd);
    drop_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_files_keep_their_order),
        cmocka_unit_test(a_slow_client_gets_everything_in_the_end),
        cmocka_unit_test(a_file_that_became_shorter_is_an_error),
        cmocka_unit_test(parts_of_a_file_are_copied_apart),
        cmocka_unit_test(parts_of_a_file_that_became_shorter_are_missing),
        cmocka_unit_test(a_client_that_left_is_an_error),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    spare_bufs_deinit(&spare_bufs);
    return failed;
}
