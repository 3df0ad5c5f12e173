/* SPDX-License-Identifier: Apache-2.0 */
/* A file in memory that one process writes and others read: for data too long for a message. */
#ifndef BASE_MEMORY_FILE_H
#define BASE_MEMORY_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/*
 * Makes an empty file. The caller owns the descriptor, sets the size, writes the bytes, and seals
 * it. -1: *err. `name` is for /proc and for errors.
 */
MUST_CHECK int memory_file_open(const char *name, struct error *err);
/* Makes the file unchangeable for all processes. Fails while it is mapped for writing. */
MUST_CHECK bool memory_file_seal(int fd, struct error *err);
/* Whether it is sealed, and holds at most `max` bytes. */
bool memory_file_fits(int fd, size_t max);
/* Makes a sealed file of `bytes`. -1: *err. */
MUST_CHECK int memory_file_new(const char *name, struct str bytes, struct error *err);
/* Reads the whole file, at most `max` bytes, from its start. */
MUST_CHECK bool memory_file_read(int fd, size_t max, struct arena *arena, struct str *out,
                                 struct error *err);

#endif
