/* SPDX-License-Identifier: Apache-2.0 */
/* The CA's directory: files in it appear whole or not at all. */
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

/* All names below are relative to the directory. Messages name the whole path. */
MUST_CHECK bool ca_dir_open(struct ca_dir *dir, const char *path, struct error *err);
/* Also gives up the lock. */
void ca_dir_close(struct ca_dir *dir);
/*
 * One command at a time changes anything. Without `wait`, *got is false when another one holds the
 * lock. A lock goes with its process, however that ends.
 */
MUST_CHECK bool ca_dir_lock(const struct ca_dir *dir, bool wait, bool *got, struct error *err);

/*
 * Modes are exact if the umask is 0, as `yett ca` sets it: changing them afterwards would take a
 * system call for each of thousands of files. An existing directory is left as it is.
 */
MUST_CHECK bool ca_dir_make(const struct ca_dir *dir, const char *name, mode_t mode,
                            struct error *err);
/* What rename, creation and removal in it did survives a power failure after this. */
MUST_CHECK bool ca_dir_sync(const struct ca_dir *dir, const char *name, struct error *err);
/* As ca_dir_sync and file syncs for everything at once: for a thousand files. */
MUST_CHECK bool ca_dir_sync_all(const struct ca_dir *dir, struct error *err);
/* Removes every file in it. */
MUST_CHECK bool ca_dir_empty(const struct ca_dir *dir, const char *name, struct error *err);

/* Writes a file that is not in use yet, and replaces what an interrupted command left. */
MUST_CHECK bool ca_file_write(const struct ca_dir *dir, const char *name, struct str data,
                              mode_t mode, bool sync, struct error *err);
/* Writes beside it, syncs, renames. */
MUST_CHECK bool ca_file_put(const struct ca_dir *dir, const char *name, struct str data,
                            mode_t mode, bool sync, struct error *err);
/* Appends what is in it. */
MUST_CHECK bool ca_file_read(const struct ca_dir *dir, const char *name, size_t max,
                             struct buf *out, struct error *err);
MUST_CHECK bool ca_file_move(const struct ca_dir *dir, const char *from, const char *to,
                             struct error *err);
bool ca_file_exists(const struct ca_dir *dir, const char *name);

#endif
