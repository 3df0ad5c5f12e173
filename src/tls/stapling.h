/* SPDX-License-Identifier: Apache-2.0 */
/* ssl_stapling of a server block: which certificates get a staple, and from where. */
#ifndef TLS_STAPLING_H
#define TLS_STAPLING_H

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "tls/block.h"
#include "tls/context.h"
#include "tls/settings.h"

/*
 * Call it while loading, once for each certificate, after the block's trust set was built. Without
 * a responder, or CAs to verify with, adds no staple and warns, as nginx does.
 */
void stapling_add(struct tls_server *server, const struct tls_server_settings *settings, X509 *cert,
                  STACK_OF(X509) * chain, const char *name, const struct log *log);
/* Call it after the last one: reads ssl_stapling_file, and makes the context send the staples. */
MUST_CHECK bool stapling_complete(struct tls_server *server,
                                  const struct tls_server_settings *settings, struct arena *arena,
                                  const struct log *log, struct error *err);
void stapling_clear(struct tls_server *server);

#endif
