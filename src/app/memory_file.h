/* SPDX-License-Identifier: Apache-2.0 */
/* A file in memory that one process fills and others read: what is too long for a message. */
#ifndef APP_MEMORY_FILE_H
#define APP_MEMORY_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Holds `bytes` and is sealed: nobody can change it any more. -1: *err. `name` is for /proc. */
MUST_CHECK int memory_file_new(const char *name, struct str bytes, struct error *err);
/* All of it, at most `max` bytes, wherever the descriptor's offset is. */
MUST_CHECK bool memory_file_read(int fd, size_t max, struct arena *arena, struct str *out,
                                 struct error *err);

#endif
