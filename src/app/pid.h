/* SPDX-License-Identifier: Apache-2.0 */
/* The pid file: the process id of the running master, for `-s` and for service managers. */
#ifndef APP_PID_H
#define APP_PID_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Writes another file and renames it, so that the pid file is never incomplete. */
MUST_CHECK bool pid_write(const char *path, pid_t pid, struct error *err);
/* Errors as in nginx: `open() "…" failed`, `invalid PID number "…" in "…"`. */
MUST_CHECK bool pid_read(const char *path, pid_t *pid, struct error *err);
/* Removes the file if it still holds `pid`. */
void pid_remove(const char *path, pid_t pid);

#endif
