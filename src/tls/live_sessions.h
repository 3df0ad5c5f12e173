/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions kept in memory as objects: resuming one decodes nothing, above all no certificate. */
#ifndef TLS_LIVE_SESSIONS_H
#define TLS_LIVE_SESSIONS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/str.h"

struct live_sessions; /* thread-safe */

/* Keeps at most `max` sessions. The caller limits the size of each. */
struct live_sessions *live_sessions_new(size_t max);
void live_sessions_free(struct live_sessions *live);

/*
 * Keeps a reference to a session under its id. The session must not change any more. To make room,
 * removes expired sessions first, then used ones. False: no room; the session is not kept.
 */
bool live_sessions_put(struct live_sessions *live, SSL_SESSION *session, time_t expires,
                       time_t now);
/*
 * The session with this id, a reference that the caller owns, or NULL. It then counts as used: the
 * client gets a new one (RFC 8446, C.4). It stays until room is needed, because the client may not
 * receive the new one.
 */
SSL_SESSION *live_sessions_ref(struct live_sessions *live, struct str id, time_t now);
void live_sessions_remove(struct live_sessions *live, struct str id);

#endif
