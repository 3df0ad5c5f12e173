/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/stub.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/address.h"
#include "net/socket.h"

enum { CONNECTIONS_MAX = 256, STUB_READ = 16384 };

static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                             "Content-Length: 21\r\nConnection: close\r\n\r\n"
                             "yett probe: backend\r\n";

/* The end of the header, or of what is worth waiting for. */
static bool stub_has_request(int fd)
{
    char bytes[STUB_READ];
    ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_PEEK);
    struct str view = {bytes, n > 0 ? (size_t)n : 0};
    return n <= 0 || view.n == sizeof(bytes) || str_search(view, STR("\r\n\r\n")) < view.n;
}

/* Reads what is there before it closes, or the answer may be lost. */
static void stub_answer(int fd)
{
    char bytes[STUB_READ];
    if (send(fd, ANSWER, sizeof(ANSWER) - 1, MSG_NOSIGNAL) > 0) {
        shutdown(fd, SHUT_WR);
    }
    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
        ;
    }
    close(fd);
}

static void stub_turn(struct pollfd *fds, size_t *n)
{
    struct address peer;
    int errnum;
    int fd;
    for (size_t i = *n; i-- > 1;) {
        if (fds[i].revents && stub_has_request(fds[i].fd)) {
            stub_answer(fds[i].fd);
            fds[i] = fds[--*n];
        }
    }
    if (fds[0].revents && *n < CONNECTIONS_MAX &&
        socket_accept(fds[0].fd, &fd, &peer, &errnum) == IO_DONE) {
        fds[(*n)++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
}

__attribute__((noreturn)) static void stub_serve(int listener, pid_t parent)
{
    static struct pollfd fds[CONNECTIONS_MAX];
    size_t n = 1;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive the probe */
    fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    while (getppid() == parent) {
        if (poll(fds, n, 1000) > 0) {
            stub_turn(fds, &n);
        }
    }
    _exit(0);
}

bool stub_start(struct stub *stub, struct error *err)
{
    struct address address;
    const struct listen_options options = {.backlog = 0};
    if (!address_parse(STR("127.0.0.1:1"), 1, &address)) {
        return error_set(err, "no loopback address");
    }
    address_set_port(&address, 0);
    int listener = socket_listen(&address, &options, err);
    if (listener < 0) {
        return false;
    }
    pid_t parent = getpid();
    socket_local(listener, &address);
    stub->port = address_port(&address);
    stub->pid = fork();
    if (stub->pid == 0) {
        stub_serve(listener, parent);
    }
    close(listener);
    if (stub->pid < 0) {
        stub->pid = 0;
        return error_errno(err, errno, "fork()");
    }
    return true;
}

void stub_stop(struct stub *stub)
{
    if (stub->pid > 0) {
        kill(stub->pid, SIGKILL);
        while (waitpid(stub->pid, NULL, 0) < 0 && errno == EINTR) {
            ;
        }
    }
    *stub = (struct stub){0};
}
