/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions kept as they are, so that resuming one decodes nothing: a certificate least of all. */
#ifndef TLS_LIVE_SESSIONS_H
#define TLS_LIVE_SESSIONS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/str.h"

struct live_sessions; /* locks for itself */

/* At most `max` sessions; what one of them may hold is up to the caller. */
struct live_sessions *live_sessions_new(size_t max);
void live_sessions_free(struct live_sessions *live);

/*
 * Keeps a reference to a session that nobody changes any more, under its id. Makes room by letting
 * go of expired and then of spent ones. False: all are still of use, and nothing was kept.
 */
bool live_sessions_put(struct live_sessions *live, SSL_SESSION *session, time_t expires,
                       time_t now);
/*
 * A reference of the caller's own to the session with this id, or NULL. From here on the session
 * is spent: whoever came back with it is given another (RFC 8446, C.4), but may have lost that.
 */
SSL_SESSION *live_sessions_ref(struct live_sessions *live, struct str id, time_t now);
void live_sessions_remove(struct live_sessions *live, struct str id);

#endif
