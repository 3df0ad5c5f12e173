/* SPDX-License-Identifier: Apache-2.0 */
/* The names of Unix sockets in the file system. */
#ifndef NET_UNIX_SOCKET_H
#define NET_UNIX_SOCKET_H

#include "base/compiler.h"
#include "base/error.h"
#include "net/address.h"

/*
 * Binds `fd` to the path, with the mode that all may connect by. Replaces the socket of a server
 * that was killed, and nothing else. As root, makes the name in the directory that the path leads
 * to by no link of another account (base/guarded.h), even if it leads elsewhere a moment later.
 * Only while the process has one thread: the umask and the working directory change meanwhile.
 */
MUST_CHECK bool unix_socket_bind(int fd, const struct address *address, struct error *err);

#endif
