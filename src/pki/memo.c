/* SPDX-License-Identifier: Apache-2.0 */
/* A direct-mapped table: keys are digests, so their first bytes spread well enough. */
#include "pki/memo.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { SLOTS = 4096, LOCKS = 16 };

struct slot {
    unsigned char key[MEMO_KEY_LEN];
    time_t from;
    time_t until;
    struct proof *proof; /* NULL: empty */
};

struct memo {
    pthread_mutex_t locks[LOCKS];
    struct slot slots[SLOTS];
};

struct memo *memo_new(void)
{
    struct memo *memo = must_have(calloc(1, sizeof(*memo)));
    for (size_t i = 0; i < LOCKS; i++) {
        pthread_mutex_init(&memo->locks[i], NULL);
    }
    return memo;
}

void memo_free(struct memo *memo)
{
    if (!memo) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        proof_unref(memo->slots[i].proof);
    }
    for (size_t i = 0; i < LOCKS; i++) {
        pthread_mutex_destroy(&memo->locks[i]);
    }
    free(memo);
}

static size_t memo_slot_of(const unsigned char *key)
{
    return ((size_t)key[0] << 8 | key[1]) % SLOTS;
}

struct proof *memo_find(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t now,
                        time_t *until)
{
    size_t at = memo_slot_of(key);
    const struct slot *slot = &memo->slots[at];
    pthread_mutex_lock(&memo->locks[at % LOCKS]);
    bool hit = slot->proof && slot->from <= now && now <= slot->until &&
               memcmp(slot->key, key, MEMO_KEY_LEN) == 0;
    struct proof *proof = hit ? proof_ref(slot->proof) : NULL;
    *until = hit ? slot->until : 0;
    pthread_mutex_unlock(&memo->locks[at % LOCKS]);
    return proof;
}

void memo_put(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t from,
              time_t until, struct proof *proof)
{
    assert(proof);
    size_t at = memo_slot_of(key);
    struct slot *slot = &memo->slots[at];
    pthread_mutex_lock(&memo->locks[at % LOCKS]);
    struct proof *old = slot->proof;
    memcpy(slot->key, key, MEMO_KEY_LEN);
    slot->from = from;
    slot->until = until;
    slot->proof = proof_ref(proof);
    pthread_mutex_unlock(&memo->locks[at % LOCKS]);
    proof_unref(old);
}
