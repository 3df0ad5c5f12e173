/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that clients may resume: the shared cache, and the keys that encrypt tickets. */
#ifndef TLS_SESSIONS_H
#define TLS_SESSIONS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"
#include "pki/proof.h"
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
 * Installs cache and ticket callbacks on a context, and takes its app data. Of the settings it
 * heeds ssl_session_*, and ssl_verify_client: sessions of clients that were rejected are not
 * kept, so that they are judged anew when they come back. The context must be freed before
 * `sessions`.
 */
MUST_CHECK bool tls_sessions_attach(struct tls_sessions *sessions, SSL_CTX *ctx,
                                    const struct tls_server_settings *settings, struct error *err);

/*
 * From the ClientHello callback, once the context is chosen: whether the ticket that the client
 * offers is sealed or the id of a live session, which OpenSSL has to know before it looks.
 */
void tls_sessions_on_hello(SSL *ssl);

/* The proof of the verdict on a session's client, the caller's reference; NULL without one.
 */
struct proof *tls_session_proof(SSL_SESSION *session);

/*
 * A TLS 1.3 ticket of a client with a certificate is the id of a session that is kept as it is,
 * because opening a sealed one means to decode the certificate in it, which is half the work of a
 * resumption. At most this many are kept; what finds no room is sealed, so that nobody loses
 * a session to the bound. Sealed are all tickets where a reload or another machine has to open
 * them (ssl_session_ticket_key), or where nothing may be kept (ssl_session_cache off).
 */
enum { TLS_LIVE_SESSIONS_MAX = 2048 };

#endif
