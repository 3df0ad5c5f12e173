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

/* The key: SHA-256 over certificate and issuer. False: OpenSSL failed. */
enum { OCSP_KEY_LEN = 32 };
MUST_CHECK bool ocsp_cache_key(X509 *cert, X509 *issuer, unsigned char key[static OCSP_KEY_LEN]);

/* The status, "good" or "revoked". False: it is not known now. */
MUST_CHECK bool ocsp_cache_get(struct ocsp_cache *cache,
                               const unsigned char key[static OCSP_KEY_LEN], time_t now,
                               struct ocsp_answer *out);
/*
 * Keeps the status "good" or "revoked" until nextUpdate. Ignores an answer without nextUpdate, or
 * older than the kept one. May replace another entry.
 */
void ocsp_cache_put(struct ocsp_cache *cache, const unsigned char key[static OCSP_KEY_LEN],
                    time_t now, const struct ocsp_answer *answer);

#endif
