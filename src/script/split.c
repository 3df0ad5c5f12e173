/* SPDX-License-Identifier: Apache-2.0 */
/* split_clients: a value chosen by a hash of a text. */
#include "script/split.h"

#include <assert.h>

#include "base/vec.h"
#include "script/ways.h"

enum { PERCENT_TOTAL = 10000 }; /* hundredths of a percent */

struct split_part {
    uint32_t below; /* hashes smaller than this; unless it is the rest */
    bool rest;
    struct str value;
};

struct split {
    struct arena *arena;
    struct template subject;
    struct split_part *parts;
    size_t n;
    unsigned sum;
    uint32_t below; /* of the last part */
    struct ways ways;
};

struct split *split_new(struct arena *arena, struct template subject)
{
    struct split *split = arena_zalloc(arena, sizeof(*split));
    split->arena = arena;
    split->subject = subject;
    return split;
}

bool split_add(struct split *split, unsigned percent, struct str value, struct error *err)
{
    split->sum = percent == 0 ? PERCENT_TOTAL : split->sum + percent;
    if (percent > PERCENT_TOTAL || split->sum > PERCENT_TOTAL) {
        return error_set(err, "percent total is greater than 100%%");
    }
    assert(split->sum > 0 && split->sum <= PERCENT_TOTAL);
    struct split_part *part = vec_push(split->arena, &split->parts, &split->n, sizeof(*part));
    /* Rounded part by part, not on the sum: the buckets are to be nginx's to the last hash. */
    split->below += (uint32_t)(percent * (uint64_t)UINT32_MAX / PERCENT_TOTAL);
    part->below = split->below;
    part->rest = percent == 0;
    part->value = arena_dup(split->arena, value);
    struct template text = {.source = part->value, .constant = true, .text = part->value};
    struct str key = arena_printf(split->arena, "falls to \"%.*s\"", STR_ARG(value));
    ways_add(&split->ways, split->arena, &text, key, (struct line_place){0});
    return true;
}

/* MurmurHash2 (Austin Appleby, public domain), 32 bits, seeded as nginx does: with 0 ^ length. */
static uint32_t murmur_hash2(struct str s)
{
    const uint32_t m = 0x5bd1e995;
    const unsigned char *p = (const unsigned char *)s.p;
    size_t n = s.n;
    uint32_t h = (uint32_t)n;

    for (; n >= 4; p += 4, n -= 4) {
        uint32_t k = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        h *= m;
        h ^= k;
    }
    if (n == 3) {
        h ^= (uint32_t)p[2] << 16;
    }
    if (n >= 2) {
        h ^= (uint32_t)p[1] << 8;
    }
    if (n >= 1) {
        h ^= p[0];
        h *= m;
    }
    h ^= h >> 13;
    h *= m;
    h ^= h >> 15;
    return h;
}

struct value split_eval(const struct split *split, struct scope *scope)
{
    struct value subject = template_eval(&split->subject, scope);
    if (subject.state == VALUE_UNKNOWN) {
        static const struct template NOTHING = {.constant = true};
        return ways_choose(&split->ways, scope, split->subject.source, NULL, &NOTHING,
                           (struct line_place){0});
    }
    uint32_t hash = murmur_hash2(subject.s);
    for (size_t i = 0; i < split->n; i++) {
        if (split->parts[i].rest || hash < split->parts[i].below) {
            return value_of(split->parts[i].value);
        }
    }
    return value_of((struct str){NULL, 0});
}
