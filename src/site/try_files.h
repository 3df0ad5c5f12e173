/* SPDX-License-Identifier: Apache-2.0 */
/* try_files: uses the first file that exists. */
#ifndef SITE_TRY_FILES_H
#define SITE_TRY_FILES_H

#include "site/walk.h"

enum walk_step try_files_step(struct walk *walk, struct decision *out);

#endif
