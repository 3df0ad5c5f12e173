/* SPDX-License-Identifier: Apache-2.0 */
/* The OCSP response that yett staples to a server certificate (RFC 6066, 8). */
#ifndef TLS_STAPLE_H
#define TLS_STAPLE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "base/str.h"
#include "pki/ocsp.h"

struct staple; /* its content changes; used by all threads; locks for itself */

/* `name` is the certificate's file, for messages. */
struct staple *staple_new(X509 *cert, X509 *issuer, const char *name);
void staple_free(struct staple *staple);

X509 *staple_cert(const struct staple *staple);
X509 *staple_issuer(const struct staple *staple);
const char *staple_name(const struct staple *staple);

/* The responder to ask; empty: none, the response came from a file. Set while loading only. */
void staple_set_responder(struct staple *staple, struct str url);
struct str staple_responder(const struct staple *staple);

/*
 * Uses the response from now on if it can be trusted, has the status "good" or "revoked" and a
 * nextUpdate, and is not older than the one in use. An error leaves the staple unchanged.
 */
MUST_CHECK bool staple_offer(struct staple *staple, struct str response, time_t now,
                             struct ocsp_answer *answer, struct error *err);

/* A copy that the caller frees with OPENSSL_free. False: there is no current response. */
MUST_CHECK bool staple_copy(struct staple *staple, time_t now, unsigned char **out, size_t *n);

#endif
