/* SPDX-License-Identifier: Apache-2.0 */
/* The directories for request bodies that are too large for memory. */
#ifndef APP_TEMP_PATHS_H
#define APP_TEMP_PATHS_H

#include "app/privileges.h"
#include "site/settings.h"

/*
 * Creates the missing directories of the settings, for the account of the worker, which may not
 * create them later. A failure is only a warning, since most requests never need the directory.
 */
void temp_paths_make(const struct settings *settings, const struct privileges *privileges);

#endif
