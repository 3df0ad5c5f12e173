/* SPDX-License-Identifier: Apache-2.0 */
/* The CA's directory, in which files appear whole or not at all. */
#ifndef CA_FILES_H
#define CA_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

struct ca_dir {
    const char *path; /* borrowed */
    int fd;
};

/* All names below are relative to the directory. Errors name the whole path. */
MUST_CHECK bool ca_dir_open(struct ca_dir *dir, const char *path, struct error *err);
/* Also releases the lock. */
void ca_dir_close(struct ca_dir *dir);
/*
 * Locks the directory: one command at a time may change it. Without `wait`, *got is false if
 * another command holds the lock. The lock ends with the process at the latest.
 */
MUST_CHECK bool ca_dir_lock(const struct ca_dir *dir, bool wait, bool *got, struct error *err);

/*
 * Makes a directory; an existing one stays as it is. Modes, here and below, are exact if the umask
 * is 0, as `yett ca` sets it: a chmod would take a system call for each of thousands of files.
 */
MUST_CHECK bool ca_dir_make(const struct ca_dir *dir, const char *name, mode_t mode,
                            struct error *err);
/* After this, renamed, created and removed names in it survive a power failure. */
MUST_CHECK bool ca_dir_sync(const struct ca_dir *dir, const char *name, struct error *err);
/* As ca_dir_sync and syncs of all files at once: for thousands of files. */
MUST_CHECK bool ca_dir_sync_all(const struct ca_dir *dir, struct error *err);
/* Removes every file in the directory `name`. */
MUST_CHECK bool ca_dir_empty(const struct ca_dir *dir, const char *name, struct error *err);

/* Writes a file that is not in use yet; replaces one that an interrupted command left. */
MUST_CHECK bool ca_file_write(const struct ca_dir *dir, const char *name, struct str data,
                              mode_t mode, bool sync, struct error *err);
/* Replaces a file in one step: writes another one beside it, syncs, renames. */
MUST_CHECK bool ca_file_put(const struct ca_dir *dir, const char *name, struct str data,
                            mode_t mode, bool sync, struct error *err);
/* Appends the file's content, at most `max` bytes. */
MUST_CHECK bool ca_file_read(const struct ca_dir *dir, const char *name, size_t max,
                             struct buf *out, struct error *err);
MUST_CHECK bool ca_file_move(const struct ca_dir *dir, const char *from, const char *to,
                             struct error *err);
bool ca_file_exists(const struct ca_dir *dir, const char *name);

#endif
