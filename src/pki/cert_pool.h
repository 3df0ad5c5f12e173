/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that many chains share, kept once. */
#ifndef PKI_CERT_POOL_H
#define PKI_CERT_POOL_H

#include <openssl/x509.h>
#include <stddef.h>

struct cert_pool; /* bounded; locks for itself */

/* `slots`: how many certificates at most. */
struct cert_pool *cert_pool_new(size_t slots);
void cert_pool_free(struct cert_pool *pool);

/* SHA-256 of a certificate's bytes. */
enum { CERT_DIGEST_LEN = 32 };

/* The pool's certificate of that digest, the caller's reference; or NULL. */
X509 *cert_pool_find(struct cert_pool *pool, const unsigned char digest[static CERT_DIGEST_LEN]);

/*
 * Keeps a reference for later chains. May displace another certificate; ignores very large ones.
 * Only for certificates of chains that were verified: unverified ones must not displace those of
 * valid clients.
 */
void cert_pool_put(struct cert_pool *pool, const unsigned char digest[static CERT_DIGEST_LEN],
                   X509 *cert);

#endif
