/* SPDX-License-Identifier: Apache-2.0 */
/* One generation process as the master sees it, and what it must know of it. */
#ifndef APP_CHILD_H
#define APP_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/channel.h"
#include "app/kept_staples.h"
#include "app/options.h"
#include "app/privileges.h"
#include "app/settings_load.h"
#include "app/sockets.h"
#include "base/arena.h"
#include "base/error.h"
#include "tls/crl_files.h"

struct master;

struct child {
    struct master *master;
    pid_t pid;   /* 0: ended, and nobody has taken over yet */
    int channel; /* the parent's end: open as long as the child shall believe in a master */
    struct arena arena;
    struct main_settings main;
    struct privileges privileges;
    struct sockets sockets; /* handed over */
    const char **logs;      /* handed over: paths */
    size_t logs_n;
    struct crl_floor *lists; /* handed over: images of what is in force; for those that follow */
    size_t lists_n;
    struct kept_staples staples; /* handed over; likewise */
    bool closed;                 /* it said that it accepts no more */
    int demands;       /* handed over: a memory file, kept until those before it were told; -1 */
    bool serves;       /* it was told to */
    uint64_t since_ms; /* since when; before that, since when it loads */
    struct child *next;
};

struct child *child_new(struct master *master);
void child_free(struct child *child);

/* Only what the master needs of the configuration: the main context. Adds every error in it. */
MUST_CHECK bool child_read_main(struct child *child, const struct options *options,
                                struct errors *errors);
void child_add_log(struct child *child, struct str path);

/* Of CHANNEL_LISTS, on its way up. */
void child_on_lists(void *owner, struct channel_message *message);
void child_drop_lists(struct child *child);
/* Of CHANNEL_STAPLE. */
void child_on_staple(void *owner, struct channel_message *message);

/* False: it is about to end, or (said in its log) does not listen. `fd` as channel_send has it. */
bool child_tell(const struct child *child, enum channel_kind kind, int fd);

/* Takes it out of the list, and frees it. */
void children_remove(struct child **list, struct child *child);
/* NULL: none has that id. */
struct child *children_find(struct child *list, pid_t pid);
/* Whether any process lives. */
bool children_live(const struct child *list);
/* To all that live. */
void children_signal(const struct child *list, int signo);

#endif
