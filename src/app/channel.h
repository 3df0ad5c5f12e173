/* SPDX-License-Identifier: Apache-2.0 */
/* The messages between a child process and its parent, over a socket pair. */
#ifndef APP_CHANNEL_H
#define APP_CHANNEL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/io.h"
#include "base/str.h"

/*
 * Messages keep their borders (SOCK_SEQPACKET). Each process keeps its end open while it lives: a
 * closed end tells the other process that it is gone. A child waits until the channel has room for
 * its message; the parent never waits for a child.
 */
struct channel {
    int parent; /* end of the parent; -1: closed */
    int child;
};

enum channel_kind {
    /* Up, from a generation that starts: app/master_settings.h. */
    CHANNEL_PID_FILE,  /* a path */
    CHANNEL_ERROR_LOG, /* a target of the error log of the main context */
    CHANNEL_MAIN,      /* the other directives of the main context */
    CHANNEL_ACCOUNT,   /* the account of the worker */
    /* Up, from a child that starts. */
    CHANNEL_SOCKET, /* a listening socket, with its descriptor: app/sockets.h */
    CHANNEL_LOG,    /* the path of a log file that must exist to be reopened */
    CHANNEL_READY,  /* ready to accept clients; it begins at CHANNEL_SERVE */
    CHANNEL_ERROR,  /* the child fails to start: one of several errors, before
                       CHANNEL_FAILED */
    CHANNEL_FAILED, /* the child fails to start: the last error, a sentence */
    /* Up, from a generation. */
    CHANNEL_WORKER, /* it has a worker: a pidfd, or no descriptor if there is none */
    CHANNEL_OBEYS,  /* told to shut down or stop, it has told its worker */
    /* Up, from a child that was told to shut down. */
    CHANNEL_CLOSED, /* it no longer accepts clients */
    /* Up from the new generation, down to the old ones that shut down. */
    CHANNEL_DEMANDS, /* a memory file with the new requirements for clients: site/demand.h */
    /* Up and down. */
    CHANNEL_LISTS, /* the image of the CRLs in force from now on; down with the slot's number, up
                      with its name, for later generations */
    /* Up, from the worker and from the new generation. */
    CHANNEL_STAPLE, /* an OCSP response for a server certificate, for later workers and generations:
                       its file and its name (app/kept_staples.h) */
    /* Down. */
    CHANNEL_SERVE, /* begin to accept clients: no other worker does */
    CHANNEL_KINDS,
};

enum { CHANNEL_TEXT_MAX = 4096 };

struct channel_message {
    enum channel_kind kind;
    struct str text; /* borrowed; followed by a NUL that n does not count */
    int fd;          /* its descriptor, or -1; closed afterwards unless taken */
};

/* The receiver's function for each kind; NULL: a message of this kind is an error. */
struct channel_handlers {
    void (*take[CHANNEL_KINDS])(void *owner, struct channel_message *message);
};

MUST_CHECK bool channel_open(struct channel *channel, struct error *err);
void channel_close_end(int *end);

/* Sends a duplicate of `fd`; -1: none. Text beyond CHANNEL_TEXT_MAX is cut. */
MUST_CHECK bool channel_send(int end, enum channel_kind kind, struct str text, int fd,
                             struct error *err);
/* Receives one message, without waiting. IO_CLOSED: the sender is gone; IO_FAILED: *err. */
enum io channel_receive(int end, const struct channel_handlers *handlers, void *owner,
                        struct error *err);
/* Moves the message's descriptor to the caller; -1: there is none, or it was taken before. */
int channel_take_fd(struct channel_message *message);

#endif
