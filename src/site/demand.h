/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requirements for clients of each address and server block, in a form that two configurations
 * can compare. A connection that outlives its configuration is kept only if the next configuration
 * has the same requirements for it.
 */
#ifndef SITE_DEMAND_H
#define SITE_DEMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "site/settings.h"

/*
 * SHA-256 over the listening address, the server block's first name, and its fingerprint
 * (tls/server.h) or a mark for no TLS and so no requirements.
 */
enum { DEMAND_LEN = 32 };
struct demand {
    unsigned char digest[DEMAND_LEN];
};

/* Sorted; may hold duplicates. */
struct demands {
    size_t n;
    struct demand items[];
};

/* The requirements of all server blocks that a request can reach, at each address. */
struct demands *demands_new(const struct settings *settings);
void demands_free(struct demands *demands);

/* The bytes for another process, borrowed; and the requirements from received bytes. */
struct str demands_bytes(const struct demands *demands);
struct demands *demands_copy(struct str bytes);

/* Whether `demands` holds the same requirements as this server block at this listener. */
bool demands_hold(const struct demands *demands, const struct listener *listener,
                  const struct server *server);

#endif
