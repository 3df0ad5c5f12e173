/* SPDX-License-Identifier: Apache-2.0 */
/* The start of yett, while a user or a service manager waits for it. */
#ifndef APP_FOREGROUND_H
#define APP_FOREGROUND_H

#include <stdbool.h>

#include "app/master_settings.h"
#include "base/arena.h"
#include "base/error_list.h"
#include "load/options.h"

struct foreground {
    struct arena arena;
    struct master_settings settings; /* of the first configuration, until a generation has one */
    int ready;     /* for daemon_ready; -1: it was called, or yett stays in the foreground */
    bool attached; /* standard error may still have a reader */
};

/*
 * Reads the main context, and goes to the background if `daemon` is on. Blocks no signal, so a
 * user can end a start that waits for a file. False: adds errors.
 */
MUST_CHECK bool foreground_leave(struct foreground *foreground, const struct options *options,
                                 struct errors *errors);
void foreground_deinit(struct foreground *foreground);
/* The first generation serves with these settings: lets the command return. */
void foreground_serves(struct foreground *foreground, const struct master_settings *settings);

#endif
