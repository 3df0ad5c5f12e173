/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a file as root where another account may have put something else in its place. */
#ifndef BASE_GUARDED_H
#define BASE_GUARDED_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

/*
 * As open(2); never waits for the other end of a FIFO. -1: *err.
 * For root, each directory on the way is opened by itself. In one that only root can write to,
 * symbolic links are followed, and devices and FIFOs opened. In any other the last name must be a
 * directory or a regular file with one hard link, and no link is followed: its target would be
 * another account's choice. In a directory with the sticky bit root's own links count as root's.
 */
int guarded_open(const char *path, int flags, mode_t mode, struct error *err);

/*
 * The directory that `path` is in, opened with the same care (O_PATH), to act on names in it with
 * the *at functions; *name is the last name of the path, borrowed. No link that another account
 * could have put there leads to it. -1: *err.
 */
int guarded_directory(const char *path, const char **name, struct error *err);

/* Removes the name from its directory, as unlink(2). False: errno, or 0 if a link was refused. */
bool guarded_unlink(const char *path);

#endif
