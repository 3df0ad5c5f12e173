/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that many chains have in common, held once. */
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
 * Takes a reference, for chains to come; one with other bytes may have to go for it, and very large
 * ones are passed over. Only for certificates of chains that were found good: what strangers send
 * must not push out what clients have.
 */
void cert_pool_put(struct cert_pool *pool, const unsigned char digest[static CERT_DIGEST_LEN],
                   X509 *cert);

#endif
