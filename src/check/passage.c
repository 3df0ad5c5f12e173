/* SPDX-License-Identifier: Apache-2.0 */
#include "check/passage.h"

#include <assert.h>
#include <string.h>

#include "base/vec.h"

static const struct trail_step *trail_dup(const struct trail_step *trail, size_t n,
                                          struct arena *arena)
{
    struct trail_step *copy = arena_alloc(arena, (n + 1) * sizeof(*copy));
    for (size_t i = 0; i < n; i++) {
        copy[i] = trail[i];
        copy[i].text = arena_dup(arena, copy[i].text);
    }
    return copy;
}

struct passage passage_dup(const struct passage *passage, struct arena *arena)
{
    struct passage copy = *passage;
    copy.to = arena_dup(arena, passage->to);
    copy.trail = trail_dup(passage->trail, passage->trail_n, arena);
    struct passage_condition *conditions =
        arena_alloc(arena, (passage->conditions_n + 1) * sizeof(*conditions));
    for (size_t i = 0; i < passage->conditions_n; i++) {
        conditions[i] = passage->conditions[i];
        conditions[i].text = arena_dup(arena, conditions[i].text);
    }
    copy.conditions = conditions;
    return copy;
}

void leaves_add(struct leaves *leaves, const struct answer *answer, const struct passage *ended,
                struct arena *arena)
{
    struct leaf *leaf = vec_push(arena, &leaves->items, &leaves->n, sizeof(*leaf));
    struct fork *forks = arena_alloc(arena, (answer->forks_n + 1) * sizeof(*forks));
    memcpy(forks, answer->forks, answer->forks_n * sizeof(*forks));
    leaf->forks = forks;
    leaf->forks_n = answer->forks_n;
    leaf->leads = ended != NULL;
    if (ended) {
        leaf->ended = *ended;
        leaf->ended.trail = trail_dup(answer->trail, answer->trail_n, arena);
        leaf->ended.trail_n = answer->trail_n;
    }
}

struct building {
    const struct leaf *leaves;
    struct arena *arena;
};

static bool same_end(const struct passage *a, const struct passage *b)
{
    return a->is_known == b->is_known && a->end == b->end && str_eq(a->to, b->to) &&
           str_eq(a->client, b->client);
}

static bool same_passage(const struct passage *a, const struct passage *b)
{
    if (!same_end(a, b) || a->conditions_n != b->conditions_n) {
        return false;
    }
    for (size_t i = 0; i < a->conditions_n; i++) {
        if (!str_eq(a->conditions[i].text, b->conditions[i].text)) {
            return false;
        }
    }
    return true;
}

static bool same_passages(const struct passages *a, const struct passages *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (!same_passage(&a->items[i], &b->items[i])) {
            return false;
        }
    }
    return true;
}

bool passages_hold(const struct passages *passages, const struct passage *passage)
{
    for (size_t i = 0; i < passages->n; i++) {
        if (same_passage(&passages->items[i], passage)) {
            return true;
        }
    }
    return false;
}

/* Puts a condition before those that a passage has. */
static void passage_add_condition(struct passage *passage, const struct trail_step *step,
                                  struct arena *arena)
{
    struct passage_condition *more =
        arena_alloc(arena, (passage->conditions_n + 1) * sizeof(*more));
    more[0] = (struct passage_condition){step->text, {step->file, step->line}};
    if (passage->conditions_n) {
        memcpy(more + 1, passage->conditions, passage->conditions_n * sizeof(*more));
    }
    passage->conditions = more;
    passage->conditions_n++;
}

/* Of the leaves lo … hi, which took the same `depth` forks. */
static struct passages build(const struct building *building, size_t lo, size_t hi, size_t depth);

/* The leaves that take the option of the leaf `lo` at this fork: up to, not including. */
static size_t branch_end(const struct leaf *leaves, size_t lo, size_t hi, size_t depth)
{
    size_t end = lo;
    while (end < hi && leaves[end].forks[depth].taken == leaves[lo].forks[depth].taken) {
        end++;
    }
    return end;
}

/* What the branch lo … hi supposes at this fork: a leaf that leads has its trail. */
static const struct trail_step *branch_step(const struct leaf *leaves, size_t lo, size_t hi,
                                            size_t depth)
{
    for (size_t i = lo; i < hi; i++) {
        if (leaves[i].leads) {
            assert(leaves[i].forks[depth].step < leaves[i].ended.trail_n);
            return &leaves[i].ended.trail[leaves[i].forks[depth].step];
        }
    }
    return NULL;
}

static struct passages build_fork(const struct building *building, size_t lo, size_t hi,
                                  size_t depth)
{
    struct passages all = {0}, first = {0};
    size_t branches = 0;
    bool differ = false;
    for (size_t at = lo; at < hi;) {
        size_t end = branch_end(building->leaves, at, hi, depth);
        struct passages branch = build(building, at, end, depth + 1);
        differ = differ || (branches > 0 && !same_passages(&first, &branch));
        first = branches++ ? first : branch;
        const struct trail_step *step = branch_step(building->leaves, at, end, depth);
        for (size_t i = 0; i < branch.n; i++) {
            struct passage *slot = vec_push(building->arena, &all.items, &all.n, sizeof(*slot));
            *slot = branch.items[i];
            passage_add_condition(slot, step, building->arena);
        }
        at = end;
    }
    /* An option that was not walked, as the budget was used up, could be another. */
    bool complete = branches == building->leaves[lo].forks[depth].n;
    return differ || !complete ? all : first;
}

static struct passages build(const struct building *building, size_t lo, size_t hi, size_t depth)
{
    const struct leaf *leaf = &building->leaves[lo];
    assert(lo < hi);
    if (leaf->forks_n > depth) {
        return build_fork(building, lo, hi, depth);
    }
    assert(hi == lo + 1); /* nothing tells two ends of a way apart but forks */
    struct passages one = {0};
    if (leaf->leads) {
        struct passage *slot = vec_push(building->arena, &one.items, &one.n, sizeof(*slot));
        *slot = leaf->ended;
    }
    return one;
}

void passages_of(const struct leaves *leaves, struct arena *arena, struct passages *out, bool *all)
{
    const struct building building = {leaves->items, arena};
    *out = leaves->n ? build(&building, 0, leaves->n, 0) : (struct passages){0};
    *all = leaves->n > 0;
    for (size_t i = 0; i < leaves->n; i++) {
        *all = *all && leaves->items[i].leads && leaves->items[i].ended.is_known;
    }
}
