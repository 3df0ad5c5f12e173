/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/crl_slot.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/must.h"

enum { MET_MAX = 64 };

struct crl_slot {
    pthread_mutex_t lock;
    struct crl_set *set;
    atomic_uint_fast64_t serial;
    X509 *met[MET_MAX];
    size_t met_n; /* ever; the oldest gives way */
};

struct crl_slot *crl_slot_new(void)
{
    struct crl_slot *slot = must_have(calloc(1, sizeof(*slot)));
    pthread_mutex_init(&slot->lock, NULL);
    return slot;
}

void crl_slot_free(struct crl_slot *slot)
{
    if (!slot) {
        return;
    }
    for (size_t i = 0; i < MET_MAX; i++) {
        X509_free(slot->met[i]);
    }
    crl_set_unref(slot->set);
    pthread_mutex_destroy(&slot->lock);
    free(slot);
}

struct crl_set *crl_slot_ref(struct crl_slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    struct crl_set *set = slot->set ? crl_set_ref(slot->set) : NULL;
    pthread_mutex_unlock(&slot->lock);
    return set;
}

/* What others hold of it while this one works on it: nothing is checked under the lock. */
static size_t copy_met(struct crl_slot *slot, X509 *out[static MET_MAX], size_t *ever)
{
    size_t n = 0;
    pthread_mutex_lock(&slot->lock);
    *ever = slot->met_n;
    for (size_t i = 0; i < MET_MAX; i++) {
        if (slot->met[i]) {
            X509_up_ref(slot->met[i]);
            out[n++] = slot->met[i];
        }
    }
    pthread_mutex_unlock(&slot->lock);
    return n;
}

static size_t adopt_met(struct crl_slot *slot, struct crl_set *set)
{
    X509 *met[MET_MAX];
    size_t ever;
    size_t n = copy_met(slot, met, &ever);
    for (size_t i = 0; i < n; i++) {
        (void)crl_set_adopt(set, met[i]);
        X509_free(met[i]);
    }
    return ever;
}

/* Again when others were met in the meantime; not for ever, crl_slot_met adopts them too. */
void crl_slot_put(struct crl_slot *slot, struct crl_set *set)
{
    assert(set);
    enum { TRIES = 4 };
    size_t ever = adopt_met(slot, set);
    pthread_mutex_lock(&slot->lock);
    for (int i = 1; i < TRIES && ever != slot->met_n; i++) {
        pthread_mutex_unlock(&slot->lock);
        ever = adopt_met(slot, set);
        pthread_mutex_lock(&slot->lock);
    }
    struct crl_set *old = slot->set;
    slot->set = set;
    atomic_fetch_add(&slot->serial, 1);
    pthread_mutex_unlock(&slot->lock);
    crl_set_unref(old);
}

uint64_t crl_slot_serial(const struct crl_slot *slot)
{
    return atomic_load(&slot->serial);
}

void crl_slot_met(struct crl_slot *slot, X509 *issuer)
{
    X509 *gone = NULL;
    bool known = false;
    pthread_mutex_lock(&slot->lock);
    for (size_t i = 0; !known && i < MET_MAX && slot->met[i]; i++) {
        known = X509_cmp(slot->met[i], issuer) == 0;
    }
    if (!known) {
        X509_up_ref(issuer);
        gone = slot->met[slot->met_n % MET_MAX];
        slot->met[slot->met_n++ % MET_MAX] = issuer;
    }
    struct crl_set *set = slot->set ? crl_set_ref(slot->set) : NULL;
    pthread_mutex_unlock(&slot->lock);
    X509_free(gone);
    if (set) {
        (void)crl_set_adopt(set, issuer);
    }
    crl_set_unref(set);
}
