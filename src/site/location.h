/* SPDX-License-Identifier: Apache-2.0 */
/* Which location a path reaches. */
#ifndef SITE_LOCATION_H
#define SITE_LOCATION_H

#include "site/walk.h"

/* The named location "@name" of the server, or NULL. */
const struct location *location_named(const struct server *server, struct str name);

/* Where limit_except limits the method, its settings hold from here on. */
void location_limit(struct walk *walk);

/* The step: path -> location; internal, limit_except, 413, the slash that is missing. */
enum walk_step location_step(struct walk *walk, struct decision *out);

#endif
