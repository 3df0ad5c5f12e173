/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that many chains have in common, held once. */
#ifndef PKI_CERT_POOL_H
#define PKI_CERT_POOL_H

#include <openssl/x509.h>

struct cert_pool; /* bounded; locks for itself */

struct cert_pool *cert_pool_new(void);
void cert_pool_free(struct cert_pool *pool);

/*
 * Puts the pool's equal of each certificate from `first` on into the chain, or takes one up that it
 * does not have yet, for chains to come. Only for chains that were found good: what strangers send
 * must not push out what clients have.
 */
void cert_pool_share(struct cert_pool *pool, STACK_OF(X509) * chain, int first);

#endif
