/* SPDX-License-Identifier: Apache-2.0 */
/* What the master knows about one generation process. */
#ifndef APP_CHILD_H
#define APP_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/channel.h"
#include "app/kept_staples.h"
#include "app/master_settings.h"
#include "app/sockets.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/io.h"
#include "tls/crl_files.h"

struct master;

struct child {
    struct master *master;
    pid_t pid;   /* 0: it has exited, and no other generation has taken over yet */
    int channel; /* the parent's end; closing it tells the child that the master is gone */
    struct arena arena;
    struct master_settings settings; /* handed over; the log may be open */
    struct sockets sockets;          /* handed over */
    const char **logs;               /* handed over: paths */
    size_t logs_n;
    struct crl_floor *lists; /* handed over: images of the CRLs in force, for later generations */
    size_t lists_n;
    struct kept_staples staples; /* handed over; likewise */
    int worker;                  /* a pidfd; -1: none is known */
    bool obeys;                  /* CHANNEL_OBEYS has come */
    bool closed;                 /* CHANNEL_CLOSED has come */
    uint64_t killed_ms;          /* when child_kill was called; 0: never */
    uint64_t alone_ms;           /* while all end: since when it has no worker; 0: it has one */
    int demands;       /* handed over: a memory file, until older generations have it; -1: none */
    bool serves;       /* it was told to serve */
    uint64_t since_ms; /* when it began to serve; before that, when it began to load */
    struct child *next;
};

enum { CHILD_PATIENCE_MS = 2000 }; /* for CHANNEL_OBEYS; a generation that takes longer is stuck */

struct child *child_new(struct master *master);
void child_free(struct child *child);

/* Takes a part of the settings on its way up. */
void child_on_settings(void *owner, struct channel_message *message);
void child_add_log(struct child *child, struct str path);

/* Takes CHANNEL_LISTS on its way up. */
void child_on_lists(void *owner, struct channel_message *message);
void child_drop_lists(struct child *child);
/* Takes CHANNEL_STAPLE. */
void child_on_staple(void *owner, struct channel_message *message);
/* Takes CHANNEL_WORKER. */
void child_on_worker(void *owner, struct channel_message *message);

/* Sends the child a message. False: it is about to exit, or sending failed (its log says so). `fd`
 * is as in channel_send. */
bool child_tell(const struct child *child, enum channel_kind kind, int fd);

/* Takes one message of a generation that is ready, without waiting. */
enum io child_hear(struct child *child, struct error *err);
/* Takes all messages that have arrived. */
void child_hear_all(struct child *child);

/* Kills the stuck process; its worker then shuts down by itself. */
void child_kill(struct child *child, const struct log *log);
/* Signals the worker, unless it has ended or none is known. */
void child_signal_worker(const struct child *child, int signo);
/* Whether the worker has ended; false if none was known. */
bool child_worker_ended(const struct child *child);

/* Removes the child from the list and frees it. */
void children_remove(struct child **list, struct child *child);
/* The child with that process id, or NULL. */
struct child *children_find(struct child *list, pid_t pid);
/* Sends the signal to all living children. */
void children_signal(const struct child *list, int signo);

#endif
