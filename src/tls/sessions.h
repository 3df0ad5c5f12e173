/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that clients may come back with: the shared cache, and the keys that seal tickets. */
#ifndef TLS_SESSIONS_H
#define TLS_SESSIONS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "tls/settings.h"

struct tls_sessions; /* one for a worker; its own locks */

enum { TLS_TICKET_SECRET_LEN = 48 };

/*
 * `cache_bytes` bounds the shared cache (0: none). `secret` seals tickets when no
 * ssl_session_ticket_key is given: the master makes it once, so that tickets outlive a reload.
 */
struct tls_sessions *tls_sessions_new(size_t cache_bytes,
                                      const unsigned char secret[static TLS_TICKET_SECRET_LEN]);
void tls_sessions_free(struct tls_sessions *sessions);

/* ssl_session_ticket_key: 48 or 80 bytes a file; the first seals, all open. */
MUST_CHECK bool tls_sessions_add_key(struct tls_sessions *sessions, struct str key,
                                     struct error *err);

/*
 * Installs cache and ticket callbacks on a context, and takes its app data. `stateful`:
 * ssl_session_cache is shared (or builtin). The context must be freed before `sessions`.
 */
MUST_CHECK bool tls_sessions_attach(struct tls_sessions *sessions, SSL_CTX *ctx, bool stateful,
                                    uint64_t timeout_s, struct error *err);
/*
 * After attach: what the context demands. Sessions of clients it turned away are not kept, so that
 * they are judged anew when they come back.
 */
void tls_sessions_demand(SSL_CTX *ctx, enum verify_mode verify);

#endif
