/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files and paths. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Reads a file into the arena. Refuses more than `max` bytes, and all but regular files. */
MUST_CHECK bool file_read(const char *path, size_t max, struct arena *arena, struct str *out,
                          struct error *err);

/* Writes all bytes. False: errno says why not. */
MUST_CHECK bool file_write(int fd, struct str bytes);

/* An absolute `path` as it is, another below `base` (a directory, with or without a last slash). */
char *path_resolve(struct arena *arena, struct str base, struct str path);
/* The part before the last slash; "." if there is none. */
struct str path_dirname(struct str path);

#endif
