/* SPDX-License-Identifier: Apache-2.0 */
/* The process that serves: one event loop a thread, all over the same settings. */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include "site/settings.h"

/*
 * Accepts clients from CHANNEL_SERVE on, until told to end by TERM or INT (at once), or by QUIT or
 * the end of the parent process (when what is in flight is done). `sockets[i]` belongs to
 * settings->listeners[i]; `channel` is the child's end, on which it says that it is ready, or why
 * it will not be, and later that it accepts no more. `accepts` is a descriptor that is closed at
 * that moment, by whatever cause. Returns the exit status.
 */
int worker_run(const struct settings *settings, const int *sockets, int channel, int accepts);

#endif
