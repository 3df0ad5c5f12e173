/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sockets.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/must.h"

enum { DEFAULT_BACKLOG = 511 };

static void sockets_add(struct sockets *sockets, const struct bound_socket *item)
{
    assert(item->fd >= 0);
    sockets->items =
        must_have(reallocarray(sockets->items, sockets->n + 1, sizeof(*sockets->items)));
    sockets->items[sockets->n++] = *item;
}

struct str sockets_item_bytes(const struct bound_socket *item)
{
    return (struct str){(const char *)item, sizeof(*item)};
}

bool sockets_add_bytes(struct sockets *sockets, struct str bytes, int fd)
{
    struct bound_socket item;
    if (bytes.n != sizeof(item) || fd < 0) {
        return false;
    }
    memcpy(&item, bytes.p, sizeof(item));
    item.fd = fd;
    sockets_add(sockets, &item);
    return true;
}

const struct bound_socket *sockets_find(const struct sockets *sockets,
                                        const struct address *address)
{
    for (size_t i = 0; i < sockets->n; i++) {
        if (address_equal(&sockets->items[i].address, address)) {
            return &sockets->items[i];
        }
    }
    return NULL;
}

void sockets_close(struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->n; i++) {
        if (sockets->items[i].fd >= 0) {
            close(sockets->items[i].fd);
        }
        sockets->items[i].fd = -1;
    }
}

void sockets_deinit(struct sockets *sockets)
{
    sockets_close(sockets);
    free(sockets->items);
    *sockets = (struct sockets){0};
}

static bool options_equal(const struct listen_options *a, const struct listen_options *b)
{
    return a->rcvbuf == b->rcvbuf && a->sndbuf == b->sndbuf && a->reuseport == b->reuseport &&
           a->ipv6only == b->ipv6only && a->fastopen == b->fastopen &&
           a->keepalive == b->keepalive && a->deferred == b->deferred;
}

/* The address is taken by the kept socket, so a new one with other options cannot be bound. */
static int sockets_keep(const struct listener *listener, const struct bound_socket *kept,
                        struct bound_socket *item, const struct log *log, struct error *err)
{
    if (!options_equal(&listener->options, &kept->options)) {
        log_write(log, LEVEL_WARN, 0,
                  "the options of \"listen %.*s\" changed: they take effect when yett is restarted",
                  STR_ARG(listener->text));
        int backlog = item->options.backlog;
        item->options = kept->options;
        item->options.backlog = backlog;
    }
    int fd = fcntl(kept->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        (void)!error_errno(err, errno, "fcntl(F_DUPFD_CLOEXEC)");
        return -1;
    }
    int backlog = item->options.backlog;
    if (backlog != kept->options.backlog && listen(fd, backlog ? backlog : DEFAULT_BACKLOG) != 0) {
        log_write(log, LEVEL_ALERT, 0, "listen() to %.*s, backlog %d failed",
                  STR_ARG(listener->text), backlog);
    }
    return fd;
}

bool sockets_bind(const struct settings *settings, const struct sockets *kept, struct sockets *out,
                  struct error *err)
{
    *out = (struct sockets){0};
    for (size_t i = 0; i < settings->listeners_n; i++) {
        const struct listener *listener = settings->listeners[i];
        struct bound_socket item = {listener->address, listener->options, -1};
        const struct bound_socket *old = sockets_find(kept, &listener->address);
        item.fd = old ? sockets_keep(listener, old, &item, settings->log, err)
                      : socket_listen(&listener->address, &listener->options, err);
        if (item.fd < 0) {
            sockets_deinit(out);
            return false;
        }
        sockets_add(out, &item);
    }
    assert(out->n == settings->listeners_n);
    return true;
}

void sockets_unlink(const struct sockets *old, const struct sockets *current)
{
    for (size_t i = 0; i < old->n; i++) {
        const struct address *address = &old->items[i].address;
        if (address->u.sa.sa_family == AF_UNIX && !sockets_find(current, address)) {
            (void)guarded_unlink(address->u.un.sun_path);
        }
    }
}
