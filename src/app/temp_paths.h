/* SPDX-License-Identifier: Apache-2.0 */
/* The directories for request bodies that are too large for memory. */
#ifndef APP_TEMP_PATHS_H
#define APP_TEMP_PATHS_H

#include "app/privileges.h"
#include "site/settings.h"

/*
 * Makes those of the settings that are missing, for the account that serves: later it may not. One
 * that cannot be made is only warned of, since most requests never need it.
 */
void temp_paths_make(const struct settings *settings, const struct privileges *privileges);

#endif
