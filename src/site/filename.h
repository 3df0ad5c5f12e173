/* SPDX-License-Identifier: Apache-2.0 */
/* The file name for a path: root and alias. */
#ifndef SITE_FILENAME_H
#define SITE_FILENAME_H

#include <stdbool.h>

#include "site/walk.h"

/* The location's root (or alias), not resolved: NUL-terminated, in the arena. */
struct value filename_root(struct walk *walk);

/* Whether root and `rest` name a file outside of root or alias ("/dir/../x"); if so, logs it. */
bool filename_climbs(struct walk *walk, struct str root, struct str rest);

/*
 * The file name for `path` in the walk's location, NUL-terminated, in the arena; *root_n is the
 * length of root or alias in it. False, with the reason logged: an alias after the path was
 * rewritten, a file outside of root or alias, or a NUL in the name. The response is then 500.
 */
MUST_CHECK bool filename_of(struct walk *walk, struct str path, struct str *out, size_t *root_n);

#endif
