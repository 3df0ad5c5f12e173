/* SPDX-License-Identifier: Apache-2.0 */
/* A direct-mapped table by digest: intermediate CAs are few. */
#include "pki/cert_pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { DER_MAX = 4096 }; /* larger than usual CA certificates; the pool must stay small */

struct slot {
    unsigned char digest[CERT_DIGEST_LEN];
    X509 *cert; /* NULL: empty */
};

struct cert_pool {
    pthread_mutex_t lock;
    size_t slots_n;
    struct slot slots[];
};

struct cert_pool *cert_pool_new(size_t slots)
{
    assert(slots > 0);
    struct cert_pool *pool = must_have(calloc(1, sizeof(*pool) + slots * sizeof(pool->slots[0])));
    pool->slots_n = slots;
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void cert_pool_free(struct cert_pool *pool)
{
    if (!pool) {
        return;
    }
    for (size_t i = 0; i < pool->slots_n; i++) {
        X509_free(pool->slots[i].cert);
    }
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static struct slot *cert_pool_slot_of(struct cert_pool *pool, const unsigned char *digest)
{
    return &pool->slots[((size_t)digest[0] << 8 | digest[1]) % pool->slots_n];
}

/* With the lock held. */
static X509 *ref_equal(const struct slot *slot, const unsigned char *digest)
{
    bool equal = slot->cert && memcmp(slot->digest, digest, CERT_DIGEST_LEN) == 0;
    return equal && X509_up_ref(slot->cert) == 1 ? slot->cert : NULL;
}

X509 *cert_pool_find(struct cert_pool *pool, const unsigned char digest[static CERT_DIGEST_LEN])
{
    pthread_mutex_lock(&pool->lock);
    X509 *equal = ref_equal(cert_pool_slot_of(pool, digest), digest);
    pthread_mutex_unlock(&pool->lock);
    return equal;
}

void cert_pool_put(struct cert_pool *pool, const unsigned char digest[static CERT_DIGEST_LEN],
                   X509 *cert)
{
    X509 *displaced = NULL;
    if (i2d_X509(cert, NULL) > DER_MAX) {
        return;
    }
    struct slot *slot = cert_pool_slot_of(pool, digest);
    pthread_mutex_lock(&pool->lock);
    if (slot->cert != cert && X509_up_ref(cert) == 1) {
        displaced = slot->cert;
        slot->cert = cert;
        memcpy(slot->digest, digest, CERT_DIGEST_LEN);
    }
    pthread_mutex_unlock(&pool->lock);
    X509_free(displaced);
}
