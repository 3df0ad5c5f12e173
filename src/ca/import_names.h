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
 * The text as entry_name_check takes it, in the arena: each run of other characters becomes one
 * "_", what may not stand in front is left out, and the rest after 64 characters. "unnamed" if
 * nothing is left.
 */
struct str import_name_reduce(struct str text, struct arena *arena);

/*
 * Names all items but the CAs themselves, and decides which certificate each name means.
 * Certificates of one subject and kind have one name: that of an easy-rsa file if there is one,
 * else the reduced common name. A name that is taken already gets a number: "NAME-2". A name means
 * the newest certificate that is valid at `now`, else the newest that is not revoked, else the
 * newest.
 */
void import_names_give(struct import_level *levels, size_t n, int64_t now, struct arena *arena);

#endif
