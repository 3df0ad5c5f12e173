/* SPDX-License-Identifier: Apache-2.0 */
#include "net/socket.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/unix_socket.h"

enum { DEFAULT_BACKLOG = 511, DEFER_ACCEPT_S = 60 };

static void set_int(int fd, int level, int name, int value)
{
    /* Best effort: an option the kernel does not know must not keep a server from starting. */
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

static void set_listen_options(int fd, const struct address *address,
                               const struct listen_options *options)
{
    set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (options->reuseport) {
        set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    }
    if (options->rcvbuf) {
        set_int(fd, SOL_SOCKET, SO_RCVBUF, options->rcvbuf);
    }
    if (options->sndbuf) {
        set_int(fd, SOL_SOCKET, SO_SNDBUF, options->sndbuf);
    }
    if (options->keepalive) {
        set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    }
    if (address->u.sa.sa_family == AF_INET6) {
        set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, options->ipv6only);
    }
    if (options->fastopen) {
        set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, options->fastopen);
    }
    if (options->deferred) {
        set_int(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, DEFER_ACCEPT_S);
    }
}

static bool bind_and_listen(int fd, const struct address *address,
                            const struct listen_options *options, struct error *err)
{
    char text[ADDRESS_TEXT_MAX];
    if (address->u.sa.sa_family == AF_UNIX) {
        if (!unix_socket_bind(fd, address, err)) {
            return false;
        }
    } else if (bind(fd, &address->u.sa, address->len) != 0) {
        return error_errno(err, errno, "bind() to %s", address_text(address, text).p);
    }
    if (listen(fd, options->backlog ? options->backlog : DEFAULT_BACKLOG) != 0) {
        return error_errno(err, errno, "listen() to %s", address_text(address, text).p);
    }
    return true;
}

int socket_listen(const struct address *address, const struct listen_options *options,
                  struct error *err)
{
    assert(address->len > 0);
    int fd = socket(address->u.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        (void)!error_errno(err, errno, "socket()");
        return -1;
    }
    set_listen_options(fd, address, options);
    if (!bind_and_listen(fd, address, options, err)) {
        close(fd);
        return -1;
    }
    return fd;
}

enum io socket_accept(int listener, int *fd, struct address *peer, int *errnum)
{
    assert(listener >= 0);
    for (;;) {
        peer->len = sizeof(peer->u);
        *fd = accept4(listener, &peer->u.sa, &peer->len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (*fd >= 0) {
            break;
        }
        if (errno == EINTR || errno == ECONNABORTED) {
            continue;
        }
        *errnum = errno;
        return errno == EAGAIN ? IO_WANT_READ : IO_FAILED;
    }
    if (peer->u.sa.sa_family == AF_UNIX) {
        peer->u.un.sun_path[0] = '\0'; /* a client's socket has no name worth showing */
    } else {
        set_int(*fd, IPPROTO_TCP, TCP_NODELAY, 1);
    }
    return IO_DONE;
}

enum io socket_connect(const struct address *peer, const struct address *local, int *fd,
                       int *errnum)
{
    assert(peer->len > 0 && (!local || local->len > 0));
    *fd = socket(peer->u.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0) {
        *errnum = errno;
        return IO_FAILED;
    }
    if (peer->u.sa.sa_family != AF_UNIX) {
        set_int(*fd, IPPROTO_TCP, TCP_NODELAY, 1);
    }
    if (local && bind(*fd, &local->u.sa, local->len) != 0) {
        goto out;
    }
    if (connect(*fd, &peer->u.sa, peer->len) == 0) {
        return IO_DONE;
    }
    if (errno == EINPROGRESS) {
        return IO_WANT_WRITE;
    }
out:
    *errnum = errno;
    close(*fd);
    *fd = -1;
    return IO_FAILED;
}

int socket_connected(int fd)
{
    int code = 0;
    socklen_t len = sizeof(code);
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) == 0 ? code : errno;
}

bool socket_wait(int fd, short events, uint64_t until_ms)
{
    for (;;) {
        clock_update();
        uint64_t now = clock_now().mono_ms;
        struct pollfd poll_fd = {.fd = fd, .events = events};
        int n = now < until_ms ? poll(&poll_fd, 1, (int)(until_ms - now)) : 0;
        if (n >= 0 || errno != EINTR) {
            return n > 0;
        }
    }
}

size_t socket_unacknowledged(int fd)
{
    int n = 0;
    return ioctl(fd, SIOCOUTQ, &n) == 0 && n > 0 ? (size_t)n : 0;
}

void socket_local(int fd, struct address *out)
{
    memset(out, 0, sizeof(*out));
    out->len = sizeof(out->u);
    if (getsockname(fd, &out->u.sa, &out->len) != 0) {
        out->len = 0;
    }
}

enum io socket_read(int fd, void *data, size_t cap, size_t *n, int *errnum)
{
    assert(cap > 0); /* for none, recv() gives 0, which is the end */
    for (;;) {
        ssize_t got = recv(fd, data, cap, 0);
        if (got > 0) {
            *n = (size_t)got;
            return IO_DONE;
        }
        if (got == 0) {
            return IO_CLOSED;
        }
        if (errno == EINTR) {
            continue;
        }
        *errnum = errno;
        return errno == EAGAIN ? IO_WANT_READ : IO_FAILED;
    }
}
