/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of owners: each is put in front, whole, and stays until the end. */
#include "pki/crl_set_index.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

const unsigned char CRL_PLACE_ALL[DIST_ID_LEN] = {0};
const unsigned char CRL_PLACE_OTHERS[DIST_ID_LEN] = {1};
const unsigned char CRL_PLACE_NONE[DIST_ID_LEN] = {2};

struct crl_set_index {
    size_t mask;
    _Atomic(struct crl_owner *) heads[];
};

struct crl_set_index *crl_set_index_new(size_t expected)
{
    size_t heads = 64;
    while (heads < expected * 2) {
        heads *= 2;
    }
    struct crl_set_index *index =
        must_have(calloc(1, sizeof(*index) + heads * sizeof(index->heads[0])));
    index->mask = heads - 1;
    return index;
}

void crl_set_index_free(struct crl_set_index *index)
{
    if (!index) {
        return;
    }
    for (size_t i = 0; i <= index->mask; i++) {
        struct crl_owner *owner = atomic_load(&index->heads[i]);
        while (owner) {
            struct crl_owner *next = owner->next;
            free(owner);
            owner = next;
        }
    }
    free(index);
}

/* Ids are digests: any of their bytes do. */
static size_t head_of(const struct crl_set_index *index, const unsigned char *id,
                      const unsigned char *place)
{
    uint64_t word, other;
    memcpy(&word, id, sizeof(word));
    memcpy(&other, place, sizeof(other));
    return (size_t)(word ^ other) & index->mask;
}

const struct crl_owner *crl_set_index_get(const struct crl_set_index *index,
                                          const unsigned char id[static CRL_ID_LEN],
                                          const unsigned char place[static DIST_ID_LEN])
{
    const struct crl_owner *owner =
        atomic_load_explicit(&index->heads[head_of(index, id, place)], memory_order_acquire);
    while (owner && (memcmp(owner->id, id, CRL_ID_LEN) != 0 ||
                     memcmp(owner->place, place, DIST_ID_LEN) != 0)) {
        owner = owner->next;
    }
    return owner;
}

void crl_set_index_add(struct crl_set_index *index, const unsigned char id[static CRL_ID_LEN],
                       const unsigned char place[static DIST_ID_LEN],
                       const struct crl_list *const *lists, size_t n)
{
    assert(!crl_set_index_get(index, id, place)); /* each is added once */
    struct crl_owner *owner = must_have(malloc(sizeof(*owner) + n * sizeof(const void *)));
    memcpy(owner->id, id, CRL_ID_LEN);
    memcpy(owner->place, place, DIST_ID_LEN);
    owner->n = n;
    for (size_t i = 0; i < n; i++) {
        owner->lists[i] = lists[i];
    }
    size_t head = head_of(index, id, place);
    owner->next = atomic_load_explicit(&index->heads[head], memory_order_relaxed);
    atomic_store_explicit(&index->heads[head], owner, memory_order_release);
}
