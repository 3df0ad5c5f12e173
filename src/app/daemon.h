/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the foreground, in two steps: the command that started yett returns when it serves. */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H

#include "base/error.h"

/*
 * Returns in a new process without a terminal, with standard error still open for messages. The
 * calling process ends here, with 0 after daemon_ready, with 1 when the new one ended before.
 * *ready is for daemon_ready.
 */
MUST_CHECK bool daemon_detach(int *ready, struct error *err);
/* Lets the foreground process end well. */
void daemon_ready(int ready);

#endif
