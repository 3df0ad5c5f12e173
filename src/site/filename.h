/* SPDX-License-Identifier: Apache-2.0 */
/* From a path to the name of a file: root and alias. */
#ifndef SITE_FILENAME_H
#define SITE_FILENAME_H

#include <stdbool.h>

#include "site/walk.h"

/* The location's root (or alias), resolved against nothing: NUL-terminated, in the arena. */
struct value filename_root(struct walk *walk);

/* Whether root and `rest` name a file outside of root or alias ("/dir/../x"); says so in the log.
 */
bool filename_climbs(struct walk *walk, struct str root, struct str rest);

/*
 * The file that `path` names in the walk's location, NUL-terminated, in the arena; *root_n is
 * how much of it is root or alias. False, with the reason said, when there is none: an alias
 * after the path was rewritten, a way out of root or alias, a NUL in it. The answer is 500 then.
 */
MUST_CHECK bool filename_of(struct walk *walk, struct str path, struct str *out, size_t *root_n);

#endif
