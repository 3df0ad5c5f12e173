/* SPDX-License-Identifier: Apache-2.0 */
#include "app/channel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Both processes are the same program, so the layout needs no versions. */
struct packet {
    unsigned kind;
    char text[CHANNEL_TEXT_MAX + 1];
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
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        (void)!error_errno(err, errno, "fcntl(O_NONBLOCK)");
        close(ends[0]);
        close(ends[1]);
        return false;
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

static void attach(struct msghdr *header, union control *control, int fd)
{
    header->msg_control = control;
    header->msg_controllen = sizeof(*control);
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
}

bool channel_send(int end, enum channel_kind kind, struct str text, int fd, struct error *err)
{
    unsigned number = kind;
    text = str_head(text, CHANNEL_TEXT_MAX);
    struct iovec parts[] = {{&number, sizeof(number)}, {(void *)(uintptr_t)text.p, text.n}};
    union control control = {0};
    struct msghdr header = {.msg_iov = parts, .msg_iovlen = text.n ? 2 : 1};
    if (fd >= 0) {
        attach(&header, &control, fd);
    }
    ssize_t n;
    do {
        n = sendmsg(end, &header, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n >= 0 || error_errno(err, errno, "sendmsg()");
}

int channel_take_fd(struct channel_message *message)
{
    int fd = message->fd;
    message->fd = -1;
    return fd;
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

/* `n` bytes came. */
static enum io dispatch(struct packet *packet, size_t n, int fd,
                        const struct channel_handlers *handlers, void *owner, struct error *err)
{
    size_t head = offsetof(struct packet, text);
    struct channel_message message = {.fd = fd};
    enum io io = IO_FAILED;
    if (n < head || n - head > CHANNEL_TEXT_MAX) {
        (void)!error_set(err, "invalid message of %zu bytes from another process", n);
    } else if (packet->kind >= CHANNEL_KINDS || !handlers->take[packet->kind]) {
        (void)!error_set(err, "unexpected message %u from another process", packet->kind);
    } else {
        assert(n - head < sizeof(packet->text)); /* and a NUL behind it */
        message.kind = packet->kind;
        message.text = (struct str){packet->text, n - head};
        packet->text[n - head] = '\0';
        handlers->take[packet->kind](owner, &message);
        io = IO_DONE;
    }
    channel_close_end(&message.fd);
    return io;
}

enum io channel_receive(int end, const struct channel_handlers *handlers, void *owner,
                        struct error *err)
{
    struct packet packet;
    struct iovec iov = {&packet, sizeof(packet)};
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
    return dispatch(&packet, (size_t)n, control_fd(&header), handlers, owner, err);
}
