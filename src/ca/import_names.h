/* SPDX-License-Identifier: Apache-2.0 */
/* The names under which the certificates of another program's CA are imported. */
#ifndef CA_IMPORT_NAMES_H
#define CA_IMPORT_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "ca/import_level.h"

/*
 * Makes a text that entry_name_check accepts, in the arena: replaces each run of other characters
 * by one "_", drops characters that must not come first, and cuts after 64. "unnamed" if nothing is
 * left.
 */
struct str import_name_reduce(struct str text, struct arena *arena);

/*
 * Names all items except the CAs, and chooses each name's current certificate. Certificates of one
 * subject and kind get one name: that of an easy-rsa file if there is one, else the reduced common
 * name; with a number if the name is taken: "NAME-2". The current certificate is the newest that is
 * valid at `now`, else the newest that is not revoked, else the newest.
 */
void import_names_give(struct import_level *levels, size_t n, int64_t now, struct arena *arena);

#endif
