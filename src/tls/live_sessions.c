/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table whose entries are also in one of two lists, the unused and the used, by age. */
#include "tls/live_sessions.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

struct entry {
    struct entry *next; /* in the bucket; or among those that are to be freed */
    struct entry *older;
    struct entry *newer;
    SSL_SESSION *session;
    time_t expires;
    bool spent;
};

struct ages {
    struct entry *oldest;
    struct entry *newest;
};

struct live_sessions {
    pthread_mutex_t lock;
    struct entry **buckets;
    size_t mask;
    size_t n;
    size_t max;
    struct ages ages[2]; /* by `spent` */
};

struct live_sessions *live_sessions_new(size_t max)
{
    struct live_sessions *live = must_have(calloc(1, sizeof(*live)));
    size_t buckets = 64;
    while (buckets < max) {
        buckets *= 2;
    }
    live->buckets = must_have(calloc(buckets, sizeof(struct entry *)));
    live->mask = buckets - 1;
    live->max = max;
    pthread_mutex_init(&live->lock, NULL);
    return live;
}

static struct str id_of(const SSL_SESSION *session)
{
    unsigned n = 0;
    const unsigned char *id = SSL_SESSION_get_id(session, &n);
    return (struct str){(const char *)id, n};
}

static struct entry **live_sessions_find(struct live_sessions *live, struct str id)
{
    struct entry **at = &live->buckets[str_hash(id) & live->mask];
    while (*at && !str_eq(id_of((*at)->session), id)) {
        at = &(*at)->next;
    }
    return at;
}

static void age_join(struct live_sessions *live, struct entry *entry, bool spent)
{
    struct ages *ages = &live->ages[spent];
    entry->spent = spent;
    entry->older = ages->newest;
    entry->newer = NULL;
    *(ages->newest ? &ages->newest->newer : &ages->oldest) = entry;
    ages->newest = entry;
}

static void age_leave(struct live_sessions *live, struct entry *entry)
{
    struct ages *ages = &live->ages[entry->spent];
    assert(entry->older || ages->oldest == entry);
    assert(entry->newer || ages->newest == entry);
    *(entry->older ? &entry->older->newer : &ages->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &ages->newest) = entry->older;
}

/* Out of the table, into `gone`: certificates are not freed while others wait for the lock. */
static void live_sessions_drop(struct live_sessions *live, struct entry **at, struct entry **gone)
{
    struct entry *entry = *at;
    assert(entry && live->n > 0);
    *at = entry->next;
    age_leave(live, entry);
    live->n--;
    entry->next = *gone;
    *gone = entry;
}

static void drop_oldest(struct live_sessions *live, struct ages *ages, struct entry **gone)
{
    assert(ages->oldest);
    live_sessions_drop(live, live_sessions_find(live, id_of(ages->oldest->session)), gone);
}

/* The lists are sorted by age and not by expiry, so some expired sessions stay until their turn. */
static void drop_expired(struct live_sessions *live, time_t now, struct entry **gone)
{
    for (size_t i = 0; i < 2; i++) {
        while (live->ages[i].oldest && live->ages[i].oldest->expires < now) {
            drop_oldest(live, &live->ages[i], gone);
        }
    }
}

static void entries_free(struct entry *entry)
{
    while (entry) {
        struct entry *next = entry->next;
        SSL_SESSION_free(entry->session);
        free(entry);
        entry = next;
    }
}

/* Whether there is room for one more. */
static bool make_room(struct live_sessions *live, struct entry **gone)
{
    if (live->n >= live->max && live->ages[true].oldest) {
        drop_oldest(live, &live->ages[true], gone);
    }
    return live->n < live->max;
}

bool live_sessions_put(struct live_sessions *live, SSL_SESSION *session, time_t expires, time_t now)
{
    struct str id = id_of(session);
    struct entry *gone = NULL;
    if (id.n == 0) {
        return false;
    }
    pthread_mutex_lock(&live->lock);
    struct entry **at = live_sessions_find(live, id);
    if (*at) {
        live_sessions_drop(live, at, &gone);
    }
    drop_expired(live, now, &gone);
    bool kept = make_room(live, &gone) && SSL_SESSION_up_ref(session) == 1;
    if (kept) {
        struct entry *entry = must_have(malloc(sizeof(*entry)));
        at = live_sessions_find(live, id);
        *entry = (struct entry){.next = *at, .session = session, .expires = expires};
        *at = entry;
        age_join(live, entry, false);
        live->n++;
        assert(live->n <= live->max);
    }
    pthread_mutex_unlock(&live->lock);
    entries_free(gone);
    return kept;
}

SSL_SESSION *live_sessions_ref(struct live_sessions *live, struct str id, time_t now)
{
    SSL_SESSION *session = NULL;
    struct entry *gone = NULL;
    pthread_mutex_lock(&live->lock);
    struct entry **at = live_sessions_find(live, id);
    if (*at && (*at)->expires < now) {
        live_sessions_drop(live, at, &gone);
    } else if (*at && SSL_SESSION_up_ref((*at)->session) == 1) {
        session = (*at)->session;
        age_leave(live, *at);
        age_join(live, *at, true);
    }
    pthread_mutex_unlock(&live->lock);
    entries_free(gone);
    return session;
}

void live_sessions_remove(struct live_sessions *live, struct str id)
{
    struct entry *gone = NULL;
    pthread_mutex_lock(&live->lock);
    struct entry **at = live_sessions_find(live, id);
    if (*at) {
        live_sessions_drop(live, at, &gone);
    }
    pthread_mutex_unlock(&live->lock);
    entries_free(gone);
}

void live_sessions_free(struct live_sessions *live)
{
    if (!live) {
        return;
    }
    for (size_t i = 0; i <= live->mask; i++) {
        entries_free(live->buckets[i]);
    }
    pthread_mutex_destroy(&live->lock);
    free(live->buckets);
    free(live);
}
