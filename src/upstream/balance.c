/* SPDX-License-Identifier: Apache-2.0 */
/* Smooth weighted round robin: each peer gains its weight a turn, the richest serves and pays all.
 */
#include "upstream/balance.h"

#include <assert.h>
#include <stdlib.h>

#include "base/must.h"

struct peer_state {
    int64_t current;     /* gains `effective` each turn; the largest is chosen */
    int64_t effective;   /* the weight, lowered by failures and recovering turn by turn */
    uint64_t checked_ms; /* when it was last tried after failing, or failed */
    uint64_t failed_ms;  /* when it failed last */
    unsigned fails;
    unsigned conns;
};

struct balance {
    const struct upstream_group *group;
    size_t usable; /* peers that are not down: how many tries make sense */
    struct peer_state states[];
};

enum { WORD_BITS = 64 };

struct balance *balance_new(const struct upstream_group *group)
{
    struct balance *balance =
        must_calloc(1, sizeof(*balance) + group->n * sizeof(balance->states[0]));
    balance->group = group;
    for (size_t i = 0; i < group->n; i++) {
        balance->states[i].effective = group->peers[i].weight;
        balance->usable += !group->peers[i].down;
    }
    return balance;
}

void balance_free(struct balance *balance)
{
    free(balance);
}

static uint64_t *tried_bits(struct pick *pick, size_t n)
{
    if (n <= WORD_BITS) {
        return &pick->tried_few;
    }
    if (!pick->tried) {
        pick->tried = must_calloc((n + WORD_BITS - 1) / WORD_BITS, sizeof(uint64_t));
    }
    return pick->tried;
}

void pick_deinit(struct pick *pick)
{
    free(pick->tried);
    *pick = (struct pick){0};
}

static bool is_resting(const struct peer *peer, const struct peer_state *state, uint64_t now_ms)
{
    return peer->max_fails && state->fails >= peer->max_fails &&
           now_ms - state->checked_ms <= peer->fail_timeout_ms;
}

static bool is_full(const struct peer *peer, const struct peer_state *state)
{
    return peer->max_conns && state->conns >= peer->max_conns;
}

/* One turn among the primary or the backup peers. Returns the index chosen, or the group's n. */
static size_t take_turn(struct balance *balance, const uint64_t *tried, bool backup,
                        uint64_t now_ms)
{
    const struct upstream_group *group = balance->group;
    size_t best = group->n;
    int64_t total = 0;
    for (size_t i = 0; i < group->n; i++) {
        const struct peer *peer = &group->peers[i];
        struct peer_state *state = &balance->states[i];
        if (peer->backup != backup || peer->down || is_full(peer, state) ||
            tried[i / WORD_BITS] >> (i % WORD_BITS) & 1 || is_resting(peer, state, now_ms)) {
            continue;
        }
        state->current += state->effective;
        total += state->effective;
        if (state->effective < peer->weight) {
            state->effective++;
        }
        if (best == group->n || state->current > balance->states[best].current) {
            best = i;
        }
    }
    if (best < group->n) {
        balance->states[best].current -= total;
    }
    return best;
}

/* The only peer of a group has no alternative, so it never rests. */
static size_t take_only(struct balance *balance, const uint64_t *tried)
{
    assert(balance->group->n == 1);
    const struct peer *peer = &balance->group->peers[0];
    bool is_usable = !peer->down && !is_full(peer, &balance->states[0]) && !(tried[0] & 1);
    return is_usable ? 0 : 1;
}

bool balance_pick(struct balance *balance, struct pick *pick, uint64_t now_ms)
{
    assert(!pick->peer); /* released: it counts a connection */
    const struct upstream_group *group = balance->group;
    uint64_t *tried = tried_bits(pick, group->n);
    if (!pick->started) {
        pick->started = true;
        pick->tries_left = balance->usable;
    }
    size_t chosen;
    if (group->n == 1) {
        chosen = take_only(balance, tried);
    } else {
        chosen = take_turn(balance, tried, false, now_ms);
        if (chosen == group->n) {
            chosen = take_turn(balance, tried, true, now_ms);
        }
    }
    pick->peer = NULL;
    if (chosen == group->n) {
        return false;
    }
    struct peer_state *state = &balance->states[chosen];
    if (now_ms - state->checked_ms > group->peers[chosen].fail_timeout_ms) {
        state->checked_ms = now_ms; /* this try shows whether it came back */
    }
    tried[chosen / WORD_BITS] |= UINT64_C(1) << (chosen % WORD_BITS);
    state->conns++;
    pick->peer = &group->peers[chosen];
    return true;
}

/* True when this failure is the one too many. */
static bool count_failure(struct peer_state *state, const struct peer *peer, uint64_t now_ms)
{
    state->fails++;
    state->failed_ms = now_ms;
    state->checked_ms = now_ms;
    if (!peer->max_fails) {
        return false;
    }
    state->effective -= peer->weight / peer->max_fails;
    if (state->effective < 0) {
        state->effective = 0;
    }
    return state->fails >= peer->max_fails;
}

bool balance_release(struct balance *balance, struct pick *pick, bool failed, uint64_t now_ms)
{
    const struct peer *peer = pick->peer;
    if (!peer) {
        return false;
    }
    struct peer_state *state = &balance->states[peer - balance->group->peers];
    assert(peer >= balance->group->peers && peer < balance->group->peers + balance->group->n);
    assert(state->conns > 0);
    bool is_disabled = false;
    pick->peer = NULL;
    state->conns--;
    if (pick->tries_left) {
        pick->tries_left--;
    }
    if (balance->group->n == 1) {
        return false;
    }
    if (failed) {
        is_disabled = count_failure(state, peer, now_ms);
    } else if (state->failed_ms < state->checked_ms) {
        state->fails = 0;
    }
    return is_disabled;
}
