/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of OCSP responders, kept until their nextUpdate. */
#ifndef PKI_OCSP_CACHE_H
#define PKI_OCSP_CACHE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "pki/ocsp.h"

struct ocsp_cache; /* bounded; used by all threads; locks for itself */

struct ocsp_cache *ocsp_cache_new(size_t bytes);
void ocsp_cache_free(struct ocsp_cache *cache);

/* Which certificate of which issuer: SHA-256 over both. False: OpenSSL failed. */
enum { OCSP_KEY_LEN = 32 };
MUST_CHECK bool ocsp_cache_key(X509 *cert, X509 *issuer, unsigned char key[static OCSP_KEY_LEN]);

/* The status that is known now: good or revoked. */
MUST_CHECK bool ocsp_cache_get(struct ocsp_cache *cache,
                               const unsigned char key[static OCSP_KEY_LEN], time_t now,
                               struct ocsp_answer *out);
/*
 * Keeps the status good or revoked until nextUpdate. An answer without nextUpdate, or older than
 * the one that is kept, is ignored. It may replace another entry.
 */
void ocsp_cache_put(struct ocsp_cache *cache, const unsigned char key[static OCSP_KEY_LEN],
                    time_t now, const struct ocsp_answer *answer);

#endif
