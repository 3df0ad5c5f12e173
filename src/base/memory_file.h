/* SPDX-License-Identifier: Apache-2.0 */
/* A file in memory that one process fills and others read: what is too long for a message. */
#ifndef BASE_MEMORY_FILE_H
#define BASE_MEMORY_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/*
 * Empty: the caller, whose descriptor it is, gives it size and bytes, and seals it. -1: *err.
 * `name` is for /proc and for sentences.
 */
MUST_CHECK int memory_file_open(const char *name, struct error *err);
/* Makes the file unchangeable for all processes. Fails while it is mapped for writing. */
MUST_CHECK bool memory_file_seal(int fd, struct error *err);
/* Whether it is sealed, and holds `max` bytes at most. */
bool memory_file_fits(int fd, size_t max);
/* All of that: holds `bytes`, and is sealed. */
MUST_CHECK int memory_file_new(const char *name, struct str bytes, struct error *err);
/* All of it, at most `max` bytes, wherever the descriptor's offset is. */
MUST_CHECK bool memory_file_read(int fd, size_t max, struct arena *arena, struct str *out,
                                 struct error *err);

#endif
