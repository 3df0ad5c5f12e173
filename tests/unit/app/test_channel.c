/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between a child process and its parent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/channel.h"

struct heard {
    enum channel_kind kind;
    char text[CHANNEL_TEXT_MAX + 1];
    int fd;
    int n;
};

static void hear(struct heard *heard, enum channel_kind kind, struct channel_message *message)
{
    heard->kind = kind;
    assert_int_equal(message->text.p[message->text.n], '\0');
    memcpy(heard->text, message->text.p, message->text.n + 1);
    heard->fd = message->fd;
    heard->n++;
}

static void on_log(void *owner, struct channel_message *message)
{
    hear(owner, CHANNEL_LOG, message);
}

static void on_failed(void *owner, struct channel_message *message)
{
    hear(owner, CHANNEL_FAILED, message);
}

static void on_serve(void *owner, struct channel_message *message)
{
    hear(owner, CHANNEL_SERVE, message);
}

static void on_demands(void *owner, struct channel_message *message)
{
    hear(owner, CHANNEL_DEMANDS, message);
    assert_int_equal(channel_take_fd(message), ((struct heard *)owner)->fd);
    assert_int_equal(channel_take_fd(message), -1);
}

static const struct channel_handlers UP = {
    .take = {[CHANNEL_LOG] = on_log, [CHANNEL_FAILED] = on_failed, [CHANNEL_DEMANDS] = on_demands}};
static const struct channel_handlers DOWN = {
    .take = {[CHANNEL_SERVE] = on_serve, [CHANNEL_DEMANDS] = on_demands}};

static struct channel open_channel(void)
{
    struct channel channel;
    struct error err;
    assert_true(channel_open(&channel, &err));
    return channel;
}

static void close_channel(struct channel *channel)
{
    channel_close_end(&channel->parent);
    channel_close_end(&channel->child);
}

static void a_text_arrives_whole_and_once(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    assert_true(channel_send(channel.child, CHANNEL_LOG, STR("/var/log/a"), -1, &err));
    assert_true(channel_send(channel.child, CHANNEL_FAILED, STR("it broke"), -1, &err));
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_DONE);
    assert_int_equal(heard.kind, CHANNEL_LOG);
    assert_string_equal(heard.text, "/var/log/a");
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_DONE);
    assert_int_equal(heard.kind, CHANNEL_FAILED);
    assert_string_equal(heard.text, "it broke");
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_WANT_READ);
    assert_int_equal(heard.n, 2);
    close_channel(&channel);
}

static void it_goes_down_as_well_as_up(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    assert_true(channel_send(channel.parent, CHANNEL_SERVE, STR(""), -1, &err));
    assert_int_equal(channel_receive(channel.child, &DOWN, &heard, &err), IO_DONE);
    assert_int_equal(heard.kind, CHANNEL_SERVE);
    assert_string_equal(heard.text, "");
    assert_int_equal(heard.fd, -1);
    assert_int_equal(channel_receive(channel.child, &DOWN, &heard, &err), IO_WANT_READ);
    close_channel(&channel);
}

static void a_parent_does_not_wait_for_a_child_that_does_not_listen(void **state)
{
    struct channel channel = open_channel();
    struct error err;
    int n = 0;
    while (n < 1000000 && channel_send(channel.parent, CHANNEL_SERVE, STR(""), -1, &err)) {
        n++;
    }
    assert_in_range(n, 1, 999999);
    close_channel(&channel);
}

static void a_long_text_is_cut(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    static char text[CHANNEL_TEXT_MAX + 10];
    memset(text, 'x', sizeof(text));
    struct str all = {text, CHANNEL_TEXT_MAX}, more = {text, CHANNEL_TEXT_MAX + 1};
    assert_true(channel_send(channel.child, CHANNEL_FAILED, all, -1, &err));
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_DONE);
    assert_int_equal(strlen(heard.text), CHANNEL_TEXT_MAX);
    assert_true(channel_send(channel.child, CHANNEL_FAILED, more, -1, &err));
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_DONE);
    assert_int_equal(strlen(heard.text), CHANNEL_TEXT_MAX);
    close_channel(&channel);
}

/* Whether the other end of the pipe is open anywhere. */
static bool has_writer(int reader)
{
    struct pollfd fd = {reader, POLLIN, 0};
    assert_true(poll(&fd, 1, 0) >= 0);
    return !(fd.revents & POLLHUP);
}

static void a_descriptor_comes_along_and_is_closed_unless_taken(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    assert_true(channel_send(channel.child, CHANNEL_DEMANDS, STR("taken"), ends[1], &err));
    assert_true(channel_send(channel.child, CHANNEL_LOG, STR("not taken"), ends[1], &err));
    assert_true(channel_send(channel.child, CHANNEL_READY, STR("unknown"), ends[1], &err));
    close(ends[1]);
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_DONE);
    assert_int_equal(write(heard.fd, "!", 1), 1);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(heard.fd);
    assert_true(has_writer(ends[0]));
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_DONE);
    assert_string_equal(heard.text, "not taken");
    assert_true(has_writer(ends[0]));
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_FAILED);
    assert_false(has_writer(ends[0]));
    close(ends[0]);
    close_channel(&channel);
}

static void a_message_that_nobody_expects_is_refused(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    assert_true(channel_send(channel.child, CHANNEL_READY, STR(""), -1, &err));
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_FAILED);
    assert_true(channel_send(channel.child, CHANNEL_KINDS, STR(""), -1, &err));
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_FAILED);
    assert_int_equal(send(channel.child, "abc", 3, 0), 3);
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_FAILED);
    unsigned large[(CHANNEL_TEXT_MAX + 1) / sizeof(unsigned) + 2] = {CHANNEL_LOG};
    assert_int_equal(send(channel.child, large, sizeof(large), 0), sizeof(large));
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_FAILED);
    size_t by_one = sizeof(unsigned) + CHANNEL_TEXT_MAX + 1; /* which channel_send cuts off */
    assert_int_equal(send(channel.child, large, by_one, 0), by_one);
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_FAILED);
    assert_int_equal(heard.n, 0);
    close_channel(&channel);
}

static void the_senders_end_is_noticed_after_its_last_message(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    assert_true(channel_send(channel.child, CHANNEL_FAILED, STR("last"), -1, &err));
    channel_close_end(&channel.child);
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_DONE);
    assert_int_equal(channel_receive(channel.parent, &UP, &heard, &err), IO_CLOSED);
    assert_false(channel_send(channel.parent, CHANNEL_SERVE, STR(""), -1, &err));
    close_channel(&channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_arrives_whole_and_once),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(it_goes_down_as_well_as_up),
        cmocka_unit_test(a_parent_does_not_wait_for_a_child_that_does_not_listen),
        cmocka_unit_test(a_descriptor_comes_along_and_is_closed_unless_taken),
        cmocka_unit_test(a_message_that_nobody_expects_is_refused),
        cmocka_unit_test(the_senders_end_is_noticed_after_its_last_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
