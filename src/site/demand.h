/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is demanded of clients, at which address and by which server block, as values that can be
 * compared between two configurations: a connection that outlives its configuration is only kept
 * while the next one would have let it in on the same terms.
 */
#ifndef SITE_DEMAND_H
#define SITE_DEMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "site/settings.h"

/*
 * SHA-256 over the address listened on, the block's first name, and its fingerprint (tls/server.h),
 * or that it asks for nothing because it is plain.
 */
enum { DEMAND_LEN = 32 };
struct demand {
    unsigned char digest[DEMAND_LEN];
};

/* Sorted; a demand may be there twice. */
struct demands {
    size_t n;
    struct demand items[];
};

/* Of all blocks that a request can reach, at each address. */
struct demands *demands_new(const struct settings *settings);
void demands_free(struct demands *demands);

/* As they travel between processes, borrowed; and a copy of what came. */
struct str demands_bytes(const struct demands *demands);
struct demands *demands_copy(struct str bytes);

/* Whether the block still asks there for what it asks for here. */
bool demands_hold(const struct demands *demands, const struct listener *listener,
                  const struct server *server);

#endif
