/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as events of a loop: every thread blocks them, and a descriptor delivers them. */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include "base/error.h"

/* Blocks the signals that yett handles and ignores SIGPIPE; returns the descriptor, or -1 with
 * *err. */
int signals_open(struct error *err);
/* The next signal that has arrived, or 0. */
int signals_next(int fd);
/* "exited with code 1", "exited on signal 11 (Segmentation fault)", from waitpid's status. */
const char *signals_status_text(int status, char out[static 96]);

#endif
