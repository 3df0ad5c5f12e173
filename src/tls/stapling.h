/* SPDX-License-Identifier: Apache-2.0 */
/* ssl_stapling of one server block: which of its certificates get a staple, and from where. */
#ifndef TLS_STAPLING_H
#define TLS_STAPLING_H

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "tls/block.h"
#include "tls/context.h"
#include "tls/settings.h"

/*
 * While loading, once for each certificate, when the block's trust is there. Where there is nothing
 * to ask or nothing to verify with, a warning says so, as nginx does, and there is no staple.
 */
void stapling_add(struct tls_server *server, const struct tls_server_settings *settings, X509 *cert,
                  STACK_OF(X509) * chain, const char *name, const struct log *log);
/* After the last one: reads ssl_stapling_file, and has the staples shown. */
MUST_CHECK bool stapling_complete(struct tls_server *server,
                                  const struct tls_server_settings *settings, struct arena *arena,
                                  const struct log *log, struct error *err);
void stapling_clear(struct tls_server *server);

#endif
