/* SPDX-License-Identifier: Apache-2.0 */
/* Opens files safely as root where another account may have replaced them. */
#ifndef BASE_GUARDED_H
#define BASE_GUARDED_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

/*
 * As open(2); never waits for the other end of a FIFO. -1: *err.
 * As root, opens each directory of the path by itself. In one that only root can write to, follows
 * symbolic links, and opens devices and FIFOs. In any other, follows no link, because another
 * account may have chosen its target, except root's links in root's directory with the sticky bit;
 * the last name must be a directory or a regular file with one hard link.
 */
int guarded_open(const char *path, int flags, mode_t mode, struct error *err);

/*
 * Opens the directory that `path` is in with the same care (O_PATH), for the *at functions; *name
 * is the last name of the path, borrowed. Follows no link that another account could have made. -1:
 * *err, and errno, or errno as it was if a link was refused.
 * *shared: this is root, and another account can write to a directory that the path leads through:
 * by the path itself, one may reach another file now. Else no *at function is needed.
 */
int guarded_directory(const char *path, const char **name, bool *shared, struct error *err);

/* Removes the name from its directory, as unlink(2). False: errno, or 0 if a link was refused. */
bool guarded_unlink(const char *path);

#endif
