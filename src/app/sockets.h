/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: they outlive configurations. The master keeps them and hands them to each
 * load.
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

/* An item as bytes for another process, borrowed. Its descriptor is sent with them. */
struct str sockets_item_bytes(const struct bound_socket *item);
/* Adds the item with these bytes, and takes the descriptor. False: the bytes are no item, and the
 * descriptor is not taken. */
MUST_CHECK bool sockets_add_bytes(struct sockets *sockets, struct str bytes, int fd);
/* The socket bound to that address, or NULL. */
const struct bound_socket *sockets_find(const struct sockets *sockets,
                                        const struct address *address);
/* Closes the descriptors but keeps the items: the kernel then refuses connections. */
void sockets_close(struct sockets *sockets);
/* Closes the descriptors and frees the items. */
void sockets_deinit(struct sockets *sockets);

/*
 * Makes one socket for each of the settings' listeners, in their order: a duplicate of the socket
 * in `kept` for that address, with the connections in its queue, else a new one. A kept socket gets
 * only a new backlog; if other options changed, logs that.
 */
MUST_CHECK bool sockets_bind(const struct settings *settings, const struct sockets *kept,
                             struct sockets *out, struct error *err);

/* Removes the names of Unix sockets of `old` that are not in `current`. */
void sockets_unlink(const struct sockets *old, const struct sockets *current);

#endif
