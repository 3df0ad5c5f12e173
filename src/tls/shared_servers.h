/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS sides of a configuration's server blocks: blocks with the same settings share one. */
#ifndef TLS_SHARED_SERVERS_H
#define TLS_SHARED_SERVERS_H

#include "tls/server.h"

struct shared_servers; /* immutable once loaded; owns its servers */

struct shared_servers *shared_servers_new(void);
void shared_servers_free(struct shared_servers *servers); /* NULL is allowed */

/*
 * The server for these settings, borrowed: the one made for a block with the same settings before,
 * or a new one (tls_server_new). Blocks whose `apart` differs share none. After an error nothing is
 * kept, so each block reports its own.
 */
MUST_CHECK bool shared_servers_get(struct shared_servers *servers,
                                   const struct tls_server_settings *settings, struct str apart,
                                   const char *name, const struct tls_server_context *context,
                                   struct tls_server **out, struct error *err);

/* How many were made. */
size_t shared_servers_n(const struct shared_servers *servers);
/* The i-th in the order made, borrowed. */
struct tls_server *shared_servers_at(const struct shared_servers *servers, size_t i);

#endif
