/* SPDX-License-Identifier: Apache-2.0 */
/* The directories for request bodies that are too large for memory. */
#ifndef LOAD_TEMP_PATHS_H
#define LOAD_TEMP_PATHS_H

#include "base/error.h"
#include "base/privileges.h"

/*
 * Whether the worker's account can create files in `path`, an absolute path: tries it as that
 * account. Makes a missing directory, and the one above it. If the account cannot write to the
 * directory and yett runs as root, gives it to the account. False: *err, with the path.
 */
MUST_CHECK bool temp_paths_prepare(const char *path, const struct privileges *privileges,
                                   struct error *err);

#endif
