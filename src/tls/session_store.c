/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table whose entries also form a list by age. */
#include "tls/session_store.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

struct entry {
    struct entry *next; /* in the bucket */
    struct entry *older;
    struct entry *newer;
    time_t expires;
    size_t n;
    unsigned char id_n;
    unsigned char id[SESSION_ID_MAX];
    unsigned char value[];
};

struct session_store {
    pthread_mutex_t lock;
    struct entry **buckets;
    size_t mask;
    struct entry *oldest;
    struct entry *newest;
    size_t used;
    size_t max;
};

struct session_store *session_store_new(size_t max_bytes)
{
    enum { BYTES_PER_SESSION = 1024 };
    struct session_store *store = must_have(calloc(1, sizeof(*store)));
    size_t buckets = 64;
    while (buckets < max_bytes / BYTES_PER_SESSION && buckets < ((size_t)1 << 20)) {
        buckets *= 2;
    }
    store->buckets = must_have(calloc(buckets, sizeof(struct entry *)));
    store->mask = buckets - 1;
    store->max = max_bytes;
    pthread_mutex_init(&store->lock, NULL);
    return store;
}

/* Ids are ours and random (RFC 8446, 4.6.1; RFC 5246, 7.4.1.3), so any of their bytes will do; what
 * others send just misses. */
static struct entry **session_store_find(struct session_store *store, struct str id)
{
    struct entry **at = &store->buckets[str_hash(id) & store->mask];
    while (*at && !((*at)->id_n == id.n && memcmp((*at)->id, id.p, id.n) == 0)) {
        at = &(*at)->next;
    }
    return at;
}

static void session_store_drop(struct session_store *store, struct entry **at)
{
    struct entry *entry = *at;
    assert(entry && store->used >= sizeof(*entry) + entry->n);
    *at = entry->next;
    *(entry->older ? &entry->older->newer : &store->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &store->newest) = entry->older;
    store->used -= sizeof(*entry) + entry->n;
    free(entry);
}

static void link_newest(struct session_store *store, struct entry *entry)
{
    entry->older = store->newest;
    entry->newer = NULL;
    *(store->newest ? &store->newest->newer : &store->oldest) = entry;
    store->newest = entry;
}

void session_store_put(struct session_store *store, struct str id, struct str value, time_t expires)
{
    size_t size = sizeof(struct entry) + value.n;
    if (id.n == 0 || id.n > SESSION_ID_MAX || size > store->max) {
        return;
    }
    struct entry *entry = must_have(malloc(size));
    entry->expires = expires;
    entry->n = value.n;
    entry->id_n = (unsigned char)id.n;
    memcpy(entry->id, id.p, id.n);
    memcpy(entry->value, value.p, value.n);

    pthread_mutex_lock(&store->lock);
    struct entry **old = session_store_find(store, id);
    if (*old) {
        session_store_drop(store, old);
    }
    while (store->used + size > store->max) {
        struct entry *oldest = store->oldest;
        assert(oldest); /* something uses the room */
        session_store_drop(
            store, session_store_find(store, (struct str){(const char *)oldest->id, oldest->id_n}));
    }
    struct entry **at = session_store_find(store, id);
    entry->next = *at;
    *at = entry;
    link_newest(store, entry);
    store->used += size;
    assert(store->used <= store->max);
    pthread_mutex_unlock(&store->lock);
}

unsigned char *session_store_get(struct session_store *store, struct str id, time_t now, size_t *n)
{
    unsigned char *copy = NULL;
    if (id.n == 0 || id.n > SESSION_ID_MAX) {
        return NULL;
    }
    pthread_mutex_lock(&store->lock);
    struct entry **at = session_store_find(store, id);
    if (*at && (*at)->expires < now) {
        session_store_drop(store, at);
    } else if (*at) {
        copy = must_have(malloc((*at)->n));
        memcpy(copy, (*at)->value, (*at)->n);
        *n = (*at)->n;
    }
    pthread_mutex_unlock(&store->lock);
    return copy;
}

void session_store_remove(struct session_store *store, struct str id)
{
    if (id.n == 0 || id.n > SESSION_ID_MAX) {
        return;
    }
    pthread_mutex_lock(&store->lock);
    struct entry **at = session_store_find(store, id);
    if (*at) {
        session_store_drop(store, at);
    }
    pthread_mutex_unlock(&store->lock);
}

void session_store_free(struct session_store *store)
{
    if (!store) {
        return;
    }
    for (struct entry *entry = store->oldest; entry;) {
        struct entry *newer = entry->newer;
        free(entry);
        entry = newer;
    }
    pthread_mutex_destroy(&store->lock);
    free(store->buckets);
    free(store);
}
