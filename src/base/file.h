/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files and paths. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* The file's bytes, in the arena. Refuses more than `max` bytes and what is not a regular file. */
MUST_CHECK bool file_read(const char *path, size_t max, struct arena *arena, struct str *out,
                          struct error *err);

/* All of the bytes. False: errno says why not. */
MUST_CHECK bool file_write(int fd, struct str bytes);

/* `path` itself when it is absolute, else below `base` (a directory, with or without a last slash).
 */
char *path_resolve(struct arena *arena, struct str base, struct str path);
/* Everything up to and without the last slash; "." when there is none. */
struct str path_dirname(struct str path);

#endif
