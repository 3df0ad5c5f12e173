/* SPDX-License-Identifier: Apache-2.0 */
/* A direct-mapped table: keys are digests, so their first bytes spread well enough. */
#include "pki/ocsp_cache.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

struct slot {
    unsigned char key[OCSP_KEY_LEN];
    struct ocsp_answer answer; /* next_update 0: empty */
};

struct ocsp_cache {
    pthread_mutex_t lock;
    size_t slots_n;
    struct slot slots[];
};

struct ocsp_cache *ocsp_cache_new(size_t bytes)
{
    size_t n = bytes / sizeof(struct slot) ? bytes / sizeof(struct slot) : 1;
    struct ocsp_cache *cache = must_have(calloc(1, sizeof(*cache) + n * sizeof(struct slot)));
    pthread_mutex_init(&cache->lock, NULL);
    cache->slots_n = n;
    return cache;
}

void ocsp_cache_free(struct ocsp_cache *cache)
{
    if (cache) {
        pthread_mutex_destroy(&cache->lock);
        free(cache);
    }
}

bool ocsp_cache_key(X509 *cert, X509 *issuer, unsigned char key[static OCSP_KEY_LEN])
{
    unsigned char both[2 * OCSP_KEY_LEN];
    bool ok = X509_digest(cert, EVP_sha256(), both, NULL) == 1 &&
              X509_digest(issuer, EVP_sha256(), both + OCSP_KEY_LEN, NULL) == 1 &&
              EVP_Digest(both, sizeof(both), key, NULL, EVP_sha256(), NULL) == 1;
    ERR_clear_error();
    return ok;
}

static struct slot *ocsp_cache_slot_of(struct ocsp_cache *cache, const unsigned char *key)
{
    uint64_t n;
    memcpy(&n, key, sizeof(n));
    return &cache->slots[n % cache->slots_n];
}

static bool holds(const struct slot *slot, const unsigned char *key, time_t now)
{
    return slot->answer.next_update != 0 && slot->answer.next_update >= now &&
           memcmp(slot->key, key, OCSP_KEY_LEN) == 0;
}

bool ocsp_cache_get(struct ocsp_cache *cache, const unsigned char key[static OCSP_KEY_LEN],
                    time_t now, struct ocsp_answer *out)
{
    pthread_mutex_lock(&cache->lock);
    const struct slot *slot = ocsp_cache_slot_of(cache, key);
    bool hit = holds(slot, key, now) && slot->answer.this_update <= now + OCSP_SKEW_S;
    if (hit) {
        *out = slot->answer;
    }
    pthread_mutex_unlock(&cache->lock);
    return hit;
}

void ocsp_cache_put(struct ocsp_cache *cache, const unsigned char key[static OCSP_KEY_LEN],
                    time_t now, const struct ocsp_answer *answer)
{
    if (answer->status == OCSP_UNKNOWN || !ocsp_until(answer, now)) {
        return;
    }
    pthread_mutex_lock(&cache->lock);
    struct slot *slot = ocsp_cache_slot_of(cache, key);
    if (!holds(slot, key, now) || slot->answer.this_update <= answer->this_update) {
        memcpy(slot->key, key, OCSP_KEY_LEN);
        slot->answer = *answer;
    }
    pthread_mutex_unlock(&cache->lock);
}
