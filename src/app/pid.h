/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pid file: the process id of the running master, for `-s` and for service managers. The master
 * keeps it locked: another account may have written any number where it can write, but only the
 * kernel says who holds a lock.
 */
#ifndef APP_PID_H
#define APP_PID_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Writes this process's id to another file, locks it and renames it, so that the pid file is never
 * incomplete. The returned descriptor holds the lock, until this process closes it or any other
 * descriptor of that file (fcntl(2)). -1: *err.
 */
MUST_CHECK int pid_write(const char *path, struct error *err);
/* Opens the pid file and reads what it says. Returns the descriptor, or -1 with errors as in nginx:
 * `open() "…" failed`, `invalid PID number "…" in "…"`. */
MUST_CHECK int pid_open(const char *path, pid_t *pid, struct error *err);
/* Sends the signal to the process `pid` if that holds the lock of the open pid file, and to no
 * other. `path` is for the error. */
MUST_CHECK bool pid_signal(int fd, const char *path, pid_t pid, int signo, struct error *err);
/* Removes the file if it is the one that `fd` is open to. */
void pid_remove(const char *path, int fd);

#endif
