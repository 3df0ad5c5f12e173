/* SPDX-License-Identifier: Apache-2.0 */
#include "app/channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Both processes are the same program, so the layout needs no versions. */
struct message {
    unsigned kind;
    struct bound_socket item;
    char text[sizeof(((struct error *)0)->text)];
};

union control {
    struct cmsghdr align;
    char space[CMSG_SPACE(sizeof(int))];
};

bool channel_open(struct channel *channel, struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return error_errno(err, errno, "socketpair()");
    }
    *channel = (struct channel){ends[0], ends[1]};
    return true;
}

void channel_close_end(int *end)
{
    if (*end >= 0) {
        close(*end);
    }
    *end = -1;
}

static bool send_message(int end, const struct message *message, int fd, struct error *err)
{
    struct iovec iov = {(void *)(uintptr_t)message, sizeof(*message)};
    union control control = {0};
    struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        header.msg_control = &control;
        header.msg_controllen = sizeof(control);
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
    }
    ssize_t n;
    do {
        n = sendmsg(end, &header, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n >= 0 || error_errno(err, errno, "sendmsg()");
}

bool channel_send_socket(int end, const struct bound_socket *item, struct error *err)
{
    struct message message = {.kind = CHANNEL_SOCKET, .item = *item};
    return send_message(end, &message, item->fd, err);
}

bool channel_send_text(int end, enum channel_kind kind, const char *text, struct error *err)
{
    struct message message = {.kind = kind};
    snprintf(message.text, sizeof(message.text), "%s", text);
    return send_message(end, &message, -1, err);
}

/* The descriptor that came along, or -1. */
static int control_fd(struct msghdr *header)
{
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
    int fd = -1;
    if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
        cmsg->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));
    }
    return fd;
}

static enum io dispatch(struct message *message, int fd, const struct channel_handlers *handlers,
                        void *owner, struct error *err)
{
    bool is_socket = message->kind == CHANNEL_SOCKET;
    if (is_socket && fd >= 0 && handlers->socket) {
        message->item.fd = fd;
        handlers->socket(owner, &message->item);
        return IO_DONE;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (is_socket || message->kind >= CHANNEL_KINDS || !handlers->text[message->kind]) {
        (void)!error_set(err, "unexpected message %u from a child process", message->kind);
        return IO_FAILED;
    }
    message->text[sizeof(message->text) - 1] = '\0';
    handlers->text[message->kind](owner, message->text);
    return IO_DONE;
}

enum io channel_receive(int end, const struct channel_handlers *handlers, void *owner,
                        struct error *err)
{
    struct message message;
    struct iovec iov = {&message, sizeof(message)};
    union control control;
    struct msghdr header = {.msg_iov = &iov,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof(control)};
    ssize_t n;
    do {
        n = recvmsg(end, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN) {
        return IO_WANT_READ;
    }
    if (n == 0 || (n < 0 && errno == ECONNRESET)) {
        return IO_CLOSED;
    }
    if (n < 0) {
        (void)!error_errno(err, errno, "recvmsg()");
        return IO_FAILED;
    }
    int fd = control_fd(&header);
    if ((size_t)n != sizeof(message)) {
        channel_close_end(&fd);
        (void)!error_set(err, "a message of %zd bytes from a child process", n);
        return IO_FAILED;
    }
    return dispatch(&message, fd, handlers, owner, err);
}
