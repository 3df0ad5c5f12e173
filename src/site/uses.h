/* SPDX-License-Identifier: Apache-2.0 */
/* Which variables have values that come from others: through maps, `set` and
 * the groups of patterns. */
#ifndef SITE_USES_H
#define SITE_USES_H

#include "site/settings.h"

/* By the index of each variable. */
struct uses {
    const bool *items; /* in the arena */
    bool captures;     /* $1 … may be parts of such values, too */
};

/* Those whose value comes from a builtin that is `wanted`, whichever server it is in. */
void uses_of(const struct settings *settings, struct arena *arena, bool (*wanted)(struct str name),
             struct uses *out);
bool uses_in(const struct uses *uses, const struct template *text);

/* $ssl_client_*, but for validity dates, which say nothing about who it is. */
bool names_client(struct str name);

#endif
