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

struct tls_sessions; /* one for each worker; thread-safe */

enum { TLS_TICKET_SECRET_LEN = 48 };

/*
 * `cache_bytes` limits the shared cache (0: none). `secret` encrypts tickets without
 * ssl_session_ticket_key. The master makes it once, so that tickets stay valid after a reload.
 */
struct tls_sessions *tls_sessions_new(size_t cache_bytes,
                                      const unsigned char secret[static TLS_TICKET_SECRET_LEN]);
void tls_sessions_free(struct tls_sessions *sessions);

/* ssl_session_ticket_key: 48 or 80 bytes per file; the first key encrypts, all decrypt. */
MUST_CHECK bool tls_sessions_add_key(struct tls_sessions *sessions, struct str key,
                                     struct error *err);

/*
 * Installs cache and ticket callbacks on a context, by ssl_session_* and ssl_verify_client, and
 * uses its app data. Sessions of rejected clients are not kept, so that returning clients are
 * verified again. Free the context before `sessions`.
 */
MUST_CHECK bool tls_sessions_attach(struct tls_sessions *sessions, SSL_CTX *ctx,
                                    const struct tls_server_settings *settings, struct error *err);

/*
 * Call it from the ClientHello callback, after the context is selected. Finds out whether the
 * client's ticket is encrypted or the id of a live session: OpenSSL must know before it looks up
 * the session.
 */
void tls_sessions_on_hello(SSL *ssl);

/* The proof of a session's client, a reference that the caller owns; NULL if there is none. */
struct proof *tls_session_proof(SSL_SESSION *session);

/*
 * The maximum number of live sessions. The TLS 1.3 ticket of a client with a certificate is the id
 * of a live session: decrypting a ticket means decoding the certificate in it, which is half the
 * work of a resumption. If there is no room, the ticket is encrypted, so no client loses its
 * session. All tickets are encrypted if other machines must read them (ssl_session_ticket_key), or
 * if sessions must not be kept (ssl_session_cache off).
 */
enum { TLS_LIVE_SESSIONS_MAX = 2048 };

#endif
