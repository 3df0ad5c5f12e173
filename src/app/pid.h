/* SPDX-License-Identifier: Apache-2.0 */
/* The pid file: the process id of the running master, for `-s` and for service managers. */
#ifndef APP_PID_H
#define APP_PID_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Writes the file aside and renames it, so that it never appears incomplete. */
MUST_CHECK bool pid_write(const char *path, pid_t pid, struct error *err);
/* nginx's sentences: `open() "…" failed`, `invalid PID number "…" in "…"`. */
MUST_CHECK bool pid_read(const char *path, pid_t *pid, struct error *err);
/* Removes the file if it is still ours (holds `pid`). */
void pid_remove(const char *path, pid_t pid);

#endif
