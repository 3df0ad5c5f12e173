/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets as they outlive configurations: kept by the master, handed from load to load.
 */
#ifndef APP_SOCKETS_H
#define APP_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "net/address.h"
#include "net/socket.h"
#include "site/settings.h"

struct bound_socket {
    struct address address;
    struct listen_options options;
    int fd;
};

/* Zeroed is valid and empty. */
struct sockets {
    struct bound_socket *items;
    size_t n;
};

/* An item as it travels between processes, and back: the descriptor goes beside it. */
struct str sockets_item_bytes(const struct bound_socket *item);
/* Takes the descriptor unless the bytes are no item: false then. */
MUST_CHECK bool sockets_add_bytes(struct sockets *sockets, struct str bytes, int fd);
/* The one bound to that address, or NULL. */
const struct bound_socket *sockets_find(const struct sockets *sockets,
                                        const struct address *address);
/* Closes the descriptors, and keeps the list: a port nobody is to accept on is refused by the
 * kernel. */
void sockets_close(struct sockets *sockets);
/* Closes all descriptors. */
void sockets_deinit(struct sockets *sockets);

/*
 * One socket for each of the settings' listeners, in their order: a duplicate of the one `kept` for
 * that address, with what is waiting in its queue, else a new one. Of a kept socket's options only
 * the backlog follows the configuration; that others changed is logged.
 */
MUST_CHECK bool sockets_bind(const struct settings *settings, const struct sockets *kept,
                             struct sockets *out, struct error *err);

/* Removes the names of Unix sockets of `old` that are not in `current`. */
void sockets_unlink(const struct sockets *old, const struct sockets *current);

#endif
