/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of decoded certificates, which keeps a certificate in many chains once. */
#ifndef PKI_CERT_POOL_H
#define PKI_CERT_POOL_H

#include <openssl/x509.h>
#include <stddef.h>

struct cert_pool; /* bounded; thread-safe */

/* `slots`: the maximum number of certificates. */
struct cert_pool *cert_pool_new(size_t slots);
void cert_pool_free(struct cert_pool *pool);

/* SHA-256 of a certificate's bytes. */
enum { CERT_DIGEST_LEN = 32 };

/* The certificate with that digest, a reference that the caller owns; NULL if there is none. */
X509 *cert_pool_find(struct cert_pool *pool, const unsigned char digest[static CERT_DIGEST_LEN]);

/*
 * Keeps a reference for later chains. It may replace another certificate. Very large certificates
 * are ignored. Call it only for certificates of a verified chain: unverified certificates must not
 * replace those of valid clients.
 */
void cert_pool_put(struct cert_pool *pool, const unsigned char digest[static CERT_DIGEST_LEN],
                   X509 *cert);

#endif
