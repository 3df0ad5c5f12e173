/* SPDX-License-Identifier: Apache-2.0 */
/* What a child process tells its parent while it starts: messages over a socket pair. */
#ifndef APP_CHANNEL_H
#define APP_CHANNEL_H

#include <stdbool.h>

#include "app/sockets.h"
#include "base/error.h"
#include "base/io.h"

/*
 * Message borders are kept (SOCK_SEQPACKET). Both ends stay open for as long as the processes live:
 * that the other end is gone is how each notices that the other process is.
 */
struct channel {
    int parent; /* end of the parent; -1: closed */
    int child;
};

enum channel_kind {
    CHANNEL_SOCKET, /* a listening socket, with its descriptor */
    CHANNEL_LOG,    /* the path of a log file that must exist to be reopened */
    CHANNEL_READY,  /* clients are being accepted */
    CHANNEL_FAILED, /* it will not be ready; a sentence */
    CHANNEL_KINDS,
};

/* What the receiver does with each; NULL: such a message is an error. Texts are borrowed. */
struct channel_handlers {
    void (*socket)(void *owner, const struct bound_socket *item); /* owns item->fd */
    void (*text[CHANNEL_KINDS])(void *owner, const char *text);   /* not for CHANNEL_SOCKET */
};

MUST_CHECK bool channel_open(struct channel *channel, struct error *err);
void channel_close_end(int *end);

MUST_CHECK bool channel_send_socket(int end, const struct bound_socket *item, struct error *err);
/* Any other kind; the text is cut at what struct error holds. */
MUST_CHECK bool channel_send_text(int end, enum channel_kind kind, const char *text,
                                  struct error *err);
/* One message, without waiting. IO_CLOSED: the sender is gone; IO_FAILED: *err. */
enum io channel_receive(int end, const struct channel_handlers *handlers, void *owner,
                        struct error *err);

#endif
