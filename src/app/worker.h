/* SPDX-License-Identifier: Apache-2.0 */
/* The process that serves: one event loop for each thread, all with the same settings. */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include "load/settings_load.h"

/*
 * Accepts clients from CHANNEL_SERVE on. TERM and INT end it at once; QUIT or the exit of the
 * parent process end it when the requests in flight are finished. `sockets[i]` belongs to
 * settings->listeners[i]. `channel` is the child's end: the worker sends that it is ready, or why
 * it fails to start, and later that it no longer accepts clients. `accepts` is a descriptor that is
 * closed when the worker stops accepting or dies. Returns the exit status.
 */
int worker_run(const struct loaded *loaded, const int *sockets, int channel, int accepts);

#endif
