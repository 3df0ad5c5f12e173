/* SPDX-License-Identifier: Apache-2.0 */
/* What a child process and its parent tell each other: messages over a socket pair. */
#ifndef APP_CHANNEL_H
#define APP_CHANNEL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/io.h"
#include "base/str.h"

/*
 * Message borders are kept (SOCK_SEQPACKET). Both ends stay open for as long as the processes live:
 * that the other end is gone is how each notices that the other process is. A child waits until the
 * parent has read what it says; the parent never waits for a child.
 */
struct channel {
    int parent; /* end of the parent; -1: closed */
    int child;
};

enum channel_kind {
    /* Up, from a child that starts. */
    CHANNEL_SOCKET, /* a listening socket, with its descriptor: app/sockets.h */
    CHANNEL_LOG,    /* the path of a log file that must exist to be reopened */
    CHANNEL_READY,  /* clients could be accepted, and will be once CHANNEL_SERVE comes */
    CHANNEL_ERROR, /* one of several reasons why it will not be ready; CHANNEL_FAILED is the last */
    CHANNEL_FAILED, /* it will not be ready; a sentence */
    /* Up, from one that was told to end. */
    CHANNEL_CLOSED, /* no client is accepted any more */
    /* Up from the generation that starts, down to those that finish. */
    CHANNEL_DEMANDS, /* a memory file with what is demanded of clients from now on: gate/demand.h */
    /* Up and down. */
    CHANNEL_LISTS, /* revocation lists in force from now on, their image; down with the slot's
                      number, up with its name, for the generations to come */
    /* Up, from the worker and from the generation that starts. */
    CHANNEL_STAPLE, /* an OCSP response that a certificate of ours is shown with, for workers and
                       generations to come: its file, and its name in app/kept_staples.h */
    /* Down. */
    CHANNEL_SERVE, /* nobody else accepts: begin */
    CHANNEL_KINDS,
};

enum { CHANNEL_TEXT_MAX = 4096 };

struct channel_message {
    struct str text; /* borrowed; followed by a NUL that n does not count */
    int fd;          /* what came along, or -1; closed afterwards unless taken */
};

/* What the receiver does with each kind; NULL: such a message is an error. */
struct channel_handlers {
    void (*take[CHANNEL_KINDS])(void *owner, struct channel_message *message);
};

MUST_CHECK bool channel_open(struct channel *channel, struct error *err);
void channel_close_end(int *end);

/* `fd` goes along as a duplicate; -1: none. Text beyond CHANNEL_TEXT_MAX is cut. */
MUST_CHECK bool channel_send(int end, enum channel_kind kind, struct str text, int fd,
                             struct error *err);
/* One message, without waiting. IO_CLOSED: the sender is gone; IO_FAILED: *err. */
enum io channel_receive(int end, const struct channel_handlers *handlers, void *owner,
                        struct error *err);
/* The descriptor of a message, now the caller's; -1: none came, or it was taken before. */
int channel_take_fd(struct channel_message *message);

#endif
