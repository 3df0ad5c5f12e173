/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets: listening, accepted, connecting. All are non-blocking and close-on-exec. */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/io.h"
#include "net/address.h"

/* Socket options of `listen`. 0 and false: the system's default. */
struct listen_options {
    int backlog; /* 0: 511, as in nginx */
    int rcvbuf;
    int sndbuf;
    bool reuseport;
    bool ipv6only;
    int fastopen;
    bool keepalive;
    bool deferred;
};

/* Binds and listens; returns the descriptor or -1 with *err ("bind() to 0.0.0.0:80 failed (98:
 * …)"). */
int socket_listen(const struct address *address, const struct listen_options *options,
                  struct error *err);

/* Accepts a connection, with TCP_NODELAY. IO_WANT_READ: none waits. IO_FAILED: *errnum says why. */
enum io socket_accept(int listener, int *fd, struct address *peer, int *errnum);

/* Starts to connect; `local` (proxy_bind) may be NULL. IO_DONE or IO_WANT_WRITE; then call
 * socket_connected. */
enum io socket_connect(const struct address *peer, const struct address *local, int *fd,
                       int *errnum);
/* After the socket became writable: 0, or the errno of the failure. */
int socket_connected(int fd);

/* Waits for poll(2)'s `events`, until a time of clock_now().mono_ms. False: they did not come. Only
 * for commands: an event loop does not wait. */
bool socket_wait(int fd, short events, uint64_t until_ms);

/* Bytes sent that the peer has not acknowledged yet; the kernel holds them. */
size_t socket_unacknowledged(int fd);
/* The local address of a connection: $server_addr, $server_port. */
void socket_local(int fd, struct address *out);

/* One recv(2); IO_DONE sets *n. EOF is IO_CLOSED. */
enum io socket_read(int fd, void *data, size_t cap, size_t *n, int *errnum);

#endif
