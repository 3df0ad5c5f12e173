/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the location for a path. */
#ifndef SITE_LOCATION_H
#define SITE_LOCATION_H

#include "site/walk.h"

/* The named location "@name" of the server, or NULL. */
const struct location *location_named(const struct server *server, struct str name);

/* What the search of a path can end at, in the order of the configuration's lists; last the server
 * itself, if a request of this server can miss all of its locations. */
struct doors {
    struct door *items;
    size_t n;
};
void location_doors(const struct server *server, struct arena *arena, struct doors *out);

/* If limit_except limits the method, switches to its settings. */
void location_limit(struct walk *walk);

/* The step: path -> location; internal, limit_except, 413, the redirect for a missing slash. */
enum walk_step location_step(struct walk *walk, struct decision *out);

#endif
