/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear steps. */
#include "pki/crl_slot_set.h"

#include <assert.h>
#include <string.h>

#include "pki/crl_image.h"

/* Both halves of the product: each bit of either factor moves about half of the result's. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Seeded: serial numbers cannot be chosen so that they collide. */
static uint64_t hash(uint64_t seed, const unsigned char *p, size_t n)
{
    uint64_t h = seed ^ fold(n + 1, UINT64_C(0x9e3779b97f4a7c15));
    while (n) {
        uint64_t word = 0;
        size_t take = n < sizeof(word) ? n : sizeof(word);
        if (take == sizeof(word)) {
            memcpy(&word, p, sizeof(word)); /* one instruction, which the other is not */
        } else {
            memcpy(&word, p, take);
        }
        h = fold(h ^ word, UINT64_C(0xd6e8feb86659fd93)) + seed;
        p += take;
        n -= take;
    }
    return fold(h ^ UINT64_C(0xa0761d6478bd642f), UINT64_C(0xe7037ed1a0b428db));
}

uint64_t crl_slots_for(uint64_t count)
{
    uint64_t n = 2;
    while (n < count * 2) {
        n *= 2;
    }
    return count ? n : 0;
}

static bool same(const unsigned char *entry, const unsigned char *serial, size_t n)
{
    return entry[0] == n && (n == 0 || memcmp(entry + 1, serial, n) == 0);
}

/* Puts the entry at `at`, whose hash is known, into its slot. */
static void insert(const struct crl_slots *table, uint32_t *slots, uint64_t at, uint64_t i)
{
    uint64_t mask = table->slots_n - 1;
    const unsigned char *entry = table->entries + at;
    const unsigned char *other = NULL;
    for (i &= mask; slots[i]; i = (i + 1) & mask) {
        other = table->entries + slots[i] - 1;
        if (same(other, entry + 1, entry[0])) {
            break;
        }
    }
    if (!slots[i] || other[1 + entry[0]] == CRL_REASON_REMOVED) {
        slots[i] = (uint32_t)(at + 1);
    }
}

enum { AHEAD = 32 };

/*
 * The slot of an entry is somewhere in megabytes, and so is the entry that another slot names: each
 * is asked of the memory AHEAD entries before it is needed.
 */
void crl_slots_build(const struct crl_slots *table, uint32_t *slots)
{
    assert(table->slots_n > 0 && (table->slots_n & (table->slots_n - 1)) == 0);
    struct {
        uint64_t at, hash;
    } queue[AHEAD];
    uint64_t mask = table->slots_n - 1;
    uint64_t n = 0, done = 0;
    for (uint64_t at = 0; at < table->entries_n; n++) {
        const unsigned char *entry = table->entries + at;
        if (n >= AHEAD) {
            insert(table, slots, queue[n % AHEAD].at, queue[n % AHEAD].hash);
            done++;
        }
        queue[n % AHEAD].at = at;
        queue[n % AHEAD].hash = hash(table->seed, entry + 1, entry[0]);
        __builtin_prefetch(&slots[queue[n % AHEAD].hash & mask], 1);
        if (n >= AHEAD / 2) {
            uint32_t there = slots[queue[(n - AHEAD / 2) % AHEAD].hash & mask];
            __builtin_prefetch(there ? table->entries + there - 1 : entry);
        }
        at += (uint64_t)entry[0] + CRL_ENTRY_FIXED;
    }
    for (; done < n; done++) {
        insert(table, slots, queue[done % AHEAD].at, queue[done % AHEAD].hash);
    }
}

const unsigned char *crl_slots_find(const struct crl_slots *table, struct str serial)
{
    if (!table->slots_n || serial.n > UINT8_MAX) {
        return NULL;
    }
    const unsigned char *p = (const unsigned char *)serial.p;
    uint64_t mask = table->slots_n - 1;
    uint64_t i = hash(table->seed, p, serial.n) & mask;
    for (uint64_t left = table->slots_n; left && table->slots[i]; left--, i = (i + 1) & mask) {
        uint64_t at = table->slots[i] - 1;
        if (at + serial.n + CRL_ENTRY_FIXED <= table->entries_n &&
            same(table->entries + at, p, serial.n)) {
            return table->entries + at;
        }
    }
    return NULL;
}
