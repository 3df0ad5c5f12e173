/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the master needs of a configuration. The generation reads the configuration and sends this:
 * a file system or an account database that does not answer must not stop the master.
 */
#ifndef APP_MASTER_SETTINGS_H
#define APP_MASTER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/channel.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/privileges.h"
#include "load/settings_load.h"

struct master_settings {
    bool complete; /* every message of master_settings_send has come */
    bool daemon;
    uint64_t load_timeout_ms;     /* 0: no limit */
    const char *pid_path;         /* NULL: not known yet */
    const struct log *log;        /* of the main context; NULL: not known yet */
    struct privileges privileges; /* only `change` and `uid` */
};

/* Borrows from `main`, without privileges. */
struct master_settings master_settings_of(const struct main_settings *main);

/* Sends all but the privileges: CHANNEL_PID_FILE, CHANNEL_ERROR_LOG for each target,
 * CHANNEL_MAIN. */
MUST_CHECK bool master_settings_send(const struct main_settings *main, int end, struct error *err);
MUST_CHECK bool master_settings_send_account(const struct privileges *privileges, int end,
                                             struct error *err);

/* Takes a message of that kind, into the arena. Ignores other kinds. */
void master_settings_take(struct master_settings *settings, enum channel_kind kind, struct str text,
                          struct arena *arena);

#endif
