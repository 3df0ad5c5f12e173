/* SPDX-License-Identifier: Apache-2.0 */
/* The directories for request bodies that are too large for memory. */
#ifndef APP_TEMP_PATHS_H
#define APP_TEMP_PATHS_H

#include "app/privileges.h"
#include "base/error.h"

/*
 * Whether the account that serves can create files in `path`, an absolute path: by creating one as
 * that account. A directory that is missing is made, with one above it; if the account cannot write
 * to it and root asks, it is given to the account. False: *err, with the path.
 */
MUST_CHECK bool temp_paths_prepare(const char *path, const struct privileges *privileges,
                                   struct error *err);

#endif
