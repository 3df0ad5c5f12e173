/* SPDX-License-Identifier: Apache-2.0 */
/* A direct-mapped table by digest: intermediate CAs are few. */
#include "pki/cert_pool.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 64,
    DIGEST_LEN = 32,
    DER_MAX = 4096, /* a larger one is nobody's usual CA, and the pool is to stay small */
};

struct slot {
    unsigned char digest[DIGEST_LEN];
    X509 *cert; /* NULL: empty */
};

struct cert_pool {
    pthread_mutex_t lock;
    EVP_MD *sha256;
    struct slot slots[SLOTS];
};

static void *must(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

struct cert_pool *cert_pool_new(void)
{
    struct cert_pool *pool = must(calloc(1, sizeof(*pool)));
    pool->sha256 = must(EVP_MD_fetch(NULL, "SHA256", NULL));
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void cert_pool_free(struct cert_pool *pool)
{
    if (!pool) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        X509_free(pool->slots[i].cert);
    }
    pthread_mutex_destroy(&pool->lock);
    EVP_MD_free(pool->sha256);
    free(pool);
}

/* A reference to the equal of `cert`; NULL when it was taken up itself, or passed over. */
static X509 *share_one(struct cert_pool *pool, X509 *cert)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (X509_digest(cert, pool->sha256, digest, &n) != 1 || n != DIGEST_LEN) {
        return NULL;
    }
    X509 *equal = NULL;
    X509 *displaced = NULL;
    struct slot *slot = &pool->slots[digest[0] % SLOTS];
    pthread_mutex_lock(&pool->lock);
    if (slot->cert && memcmp(slot->digest, digest, DIGEST_LEN) == 0) {
        equal = X509_up_ref(slot->cert) == 1 ? slot->cert : NULL;
    } else if (i2d_X509(cert, NULL) <= DER_MAX && X509_up_ref(cert) == 1) {
        displaced = slot->cert;
        slot->cert = cert;
        memcpy(slot->digest, digest, DIGEST_LEN);
    }
    pthread_mutex_unlock(&pool->lock);
    X509_free(displaced);
    return equal;
}

void cert_pool_share(struct cert_pool *pool, STACK_OF(X509) * chain, int first)
{
    for (int i = first; i < sk_X509_num(chain); i++) {
        X509 *cert = sk_X509_value(chain, i);
        X509 *equal = share_one(pool, cert);
        if (equal) {
            (void)sk_X509_set(chain, i, equal);
            X509_free(cert);
        }
    }
}
