/* SPDX-License-Identifier: Apache-2.0 */
/* Moves yett to the background in two steps, so that the command returns when yett serves. */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H

#include "base/error.h"

/*
 * Returns in a new process without a terminal, with standard error still open for messages. The
 * calling process exits here: with 0 after daemon_ready, with 1 if the new process exits before
 * that. *ready is for daemon_ready.
 */
MUST_CHECK bool daemon_detach(int *ready, struct error *err);
/* Lets the foreground process exit with 0. */
void daemon_ready(int ready);

#endif
