/* SPDX-License-Identifier: Apache-2.0 */
/* Messages from a child process to its parent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/channel.h"

struct heard {
    struct bound_socket item;
    char text[2048];
    enum channel_kind kind;
    int n;
};

static void on_socket(void *owner, const struct bound_socket *item)
{
    struct heard *heard = owner;
    heard->item = *item;
    heard->kind = CHANNEL_SOCKET;
    heard->n++;
}

static void hear(struct heard *heard, enum channel_kind kind, const char *text)
{
    heard->kind = kind;
    snprintf(heard->text, sizeof(heard->text), "%s", text);
    heard->n++;
}

static void on_log(void *owner, const char *text)
{
    hear(owner, CHANNEL_LOG, text);
}

static void on_failed(void *owner, const char *text)
{
    hear(owner, CHANNEL_FAILED, text);
}

static const struct channel_handlers ALL = {
    .socket = on_socket, .text = {[CHANNEL_LOG] = on_log, [CHANNEL_FAILED] = on_failed}};

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
    assert_true(channel_send_text(channel.child, CHANNEL_LOG, "/var/log/a", &err));
    assert_true(channel_send_text(channel.child, CHANNEL_FAILED, "it broke", &err));
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_DONE);
    assert_int_equal(heard.kind, CHANNEL_LOG);
    assert_string_equal(heard.text, "/var/log/a");
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_DONE);
    assert_int_equal(heard.kind, CHANNEL_FAILED);
    assert_string_equal(heard.text, "it broke");
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_WANT_READ);
    assert_int_equal(heard.n, 2);
    close_channel(&channel);
}

static void a_long_text_is_cut(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    char text[2000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_true(channel_send_text(channel.child, CHANNEL_FAILED, text, &err));
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_DONE);
    assert_int_equal(strlen(heard.text), sizeof(err.text) - 1);
    close_channel(&channel);
}

static void a_socket_arrives_with_its_descriptor(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct bound_socket item = {.options.backlog = 7, .fd = ends[1]};
    assert_true(address_parse(STR("127.0.0.1:80"), 0, &item.address));
    assert_true(channel_send_socket(channel.child, &item, &err));
    close(ends[1]);
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_DONE);
    assert_true(address_equal(&heard.item.address, &item.address));
    assert_int_equal(heard.item.options.backlog, 7);
    char byte;
    assert_int_equal(write(heard.item.fd, "!", 1), 1);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(heard.item.fd);
    close(ends[0]);
    close_channel(&channel);
}

static void a_message_that_nobody_expects_is_refused(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    assert_true(channel_send_text(channel.child, CHANNEL_READY, "", &err));
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_FAILED);
    /* A socket without a descriptor. */
    assert_true(channel_send_text(channel.child, CHANNEL_SOCKET, "", &err));
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_FAILED);
    assert_true(channel_send_text(channel.child, CHANNEL_KINDS, "", &err));
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_FAILED);
    assert_int_equal(send(channel.child, "short", 5, 0), 5);
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_FAILED);
    assert_int_equal(heard.n, 0);
    close_channel(&channel);
}

static void the_senders_end_is_noticed_after_its_last_message(void **state)
{
    struct channel channel = open_channel();
    struct heard heard = {0};
    struct error err;
    assert_true(channel_send_text(channel.child, CHANNEL_FAILED, "last", &err));
    channel_close_end(&channel.child);
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_DONE);
    assert_int_equal(channel_receive(channel.parent, &ALL, &heard, &err), IO_CLOSED);
    assert_false(channel_send_text(channel.parent, CHANNEL_READY, "", &err));
    close_channel(&channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_arrives_whole_and_once),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(a_socket_arrives_with_its_descriptor),
        cmocka_unit_test(a_message_that_nobody_expects_is_refused),
        cmocka_unit_test(the_senders_end_is_noticed_after_its_last_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
