/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a file as root where another account may have put something else in its place. */
#ifndef BASE_GUARDED_H
#define BASE_GUARDED_H

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

#endif
