/* SPDX-License-Identifier: Apache-2.0 */
/* Newest lists, those in force until they begin, and deltas with their bases. */
#include "pki/crl_pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/str.h"
#include "pki/crl_extensions.h"
#include "pki/dn.h"

static struct str view(const void *region, struct crl_span span)
{
    return (struct str){(const char *)region + span.at, (size_t)span.n};
}

static bool share_signer(const struct crl_list *a, const struct crl_list *b)
{
    for (size_t i = 0; i < a->signers_n; i++) {
        for (size_t j = 0; j < b->signers_n; j++) {
            if (memcmp(a->signers[i], b->signers[j], CRL_ID_LEN) == 0) {
                return true;
            }
        }
    }
    return false;
}

bool crl_list_same_key(const struct crl_list *a, const void *region_a, const struct crl_list *b,
                       const void *region_b)
{
    if (a->signers_n && b->signers_n) {
        return share_signer(a, b);
    }
    return str_eq(view(region_a, a->key_id), view(region_b, b->key_id));
}

int crl_list_age_cmp(const struct crl_list *a, const struct crl_list *b)
{
    int by_number = a->number.n && b->number.n ? crl_number_cmp(&a->number, &b->number) : 0;
    return by_number ? by_number
                     : (a->this_update > b->this_update) - (a->this_update < b->this_update);
}

/* Age, and where that is the same an order that files do not decide. */
static int order(const struct crl_list *a, const struct crl_list *b)
{
    int cmp = crl_list_age_cmp(a, b);
    if (!cmp) {
        cmp = (a->entries_n > b->entries_n) - (a->entries_n < b->entries_n);
    }
    if (!cmp) {
        cmp = (a->next_update > b->next_update) - (a->next_update < b->next_update);
    }
    return cmp ? cmp : memcmp(a->sha256, b->sha256, sizeof(a->sha256));
}

int crl_list_scope_cmp(const struct crl_list *a, const void *region_a, const struct crl_list *b,
                       const void *region_b)
{
    struct str points_a = view(region_a, a->points), points_b = view(region_b, b->points);
    if (a->scope != b->scope) {
        return a->scope < b->scope ? -1 : 1;
    }
    if (a->reasons != b->reasons) {
        return a->reasons < b->reasons ? -1 : 1;
    }
    if (points_a.n != points_b.n) {
        return points_a.n < points_b.n ? -1 : 1;
    }
    return points_a.n ? memcmp(points_a.p, points_b.p, points_a.n) : 0;
}

bool crl_list_same_scope(const struct crl_list *a, const void *region_a, const struct crl_list *b,
                         const void *region_b)
{
    return crl_list_scope_cmp(a, region_a, b, region_b) == 0;
}

bool crl_delta_applies(const struct crl_list *delta, const struct crl_list *base)
{
    return base->number.n && delta->number.n && crl_number_cmp(&base->number, &delta->base) >= 0 &&
           crl_number_cmp(&base->number, &delta->number) < 0;
}

static bool same_kind(const struct crl_candidate *a, const struct crl_candidate *b,
                      const void *region)
{
    return a->name_hash == b->name_hash &&
           crl_list_same_scope(&a->list, region, &b->list, region) &&
           X509_NAME_cmp(a->issuer, b->issuer) == 0 &&
           crl_list_same_key(&a->list, region, &b->list, region);
}

/* --- one kind: complete lists, or deltas --- */

struct picking {
    struct crl_candidate *all;
    size_t n;
    const void *region;
    int64_t now;
};

static bool is_picked(const struct crl_candidate *one)
{
    return one->dropped || one->picked;
}

static bool competes(const struct picking *picking, size_t a, size_t b)
{
    const struct crl_candidate *x = &picking->all[a], *y = &picking->all[b];
    return !is_picked(y) && x->list.is_delta == y->list.is_delta &&
           same_kind(x, y, picking->region);
}

/* Of a kind: its newest, the newest that has begun, and the oldest that has not. */
struct choice {
    size_t newest, begun, next;
    bool has_begun, has_next;
};

static void choose(const struct picking *picking, size_t at, struct choice *choice)
{
    const struct crl_list *list = &picking->all[at].list;
    if (list->this_update <= picking->now) {
        if (!choice->has_begun || order(list, &picking->all[choice->begun].list) > 0) {
            choice->begun = at;
            choice->has_begun = true;
        }
    } else if (!choice->has_next || order(list, &picking->all[choice->next].list) < 0) {
        choice->next = at;
        choice->has_next = true;
    }
}

/*
 * At most three of a kind stay: the newest, and while that has not begun the one that has, and the
 * next to begin. So a CA whose clock is ahead does not hold up its own lists by issuing further
 * ones, and does not fill the memory.
 */
static void pick_kind(const struct picking *picking, size_t newest)
{
    struct choice choice = {.newest = newest};
    struct crl_candidate *all = picking->all;
    for (size_t i = 0; i < picking->n; i++) {
        if (competes(picking, newest, i)) {
            choose(picking, i, &choice);
        }
    }
    size_t chain[3] = {newest};
    size_t n = 1;
    bool waits = all[newest].list.this_update > picking->now;
    if (waits && order(&all[choice.next].list, &all[newest].list) < 0) {
        chain[n++] = choice.next;
    }
    if (waits && choice.has_begun && order(&all[choice.begun].list, &all[chain[n - 1]].list) < 0) {
        chain[n++] = choice.begun;
    }
    for (size_t i = 0; i < picking->n; i++) {
        bool stays = i == newest || (n > 1 && i == chain[1]) || (n > 2 && i == chain[2]);
        if (competes(picking, newest, i)) {
            all[i].picked = stays;
            all[i].dropped = !stays;
        }
    }
    for (size_t i = 1; i < n; i++) {
        all[chain[i - 1]].list.before = (uint32_t)(chain[i] + 1);
        all[chain[i]].list.is_past = true;
    }
}

/* Keys are not always known, so that two of one kind with a third need not be of one with each
 * other: those go that are of one kind with the newest. */
static size_t find_newest(const struct picking *picking, size_t first)
{
    size_t newest = first;
    for (size_t i = 0; i < picking->n; i++) {
        if (competes(picking, newest, i) &&
            order(&picking->all[i].list, &picking->all[newest].list) > 0) {
            newest = i;
            i = SIZE_MAX; /* from the start */
        }
    }
    return newest;
}

static void drop_older(const struct picking *picking)
{
    for (size_t i = 0; i < picking->n; i++) {
        while (!is_picked(&picking->all[i])) {
            size_t newest = find_newest(picking, i);
            pick_kind(picking, newest);
        }
    }
}

/* --- deltas --- */

static bool delta_fail(const struct crl_candidate *delta, const void *region, const char *why,
                       struct error *err)
{
    char text[CRL_LIST_TEXT_MAX];
    return error_set(err, "the delta %s %s",
                     crl_list_text(&delta->list, delta->issuer, region, text), why);
}

/* RFC 5280, 5.2.4 (c) and 6.3.3 (c): the newest complete list is one that it can be applied to. */
static bool check_delta(const struct picking *picking, const struct crl_candidate *delta,
                        struct error *err)
{
    const struct crl_candidate *base = NULL;
    for (size_t i = 0; i < picking->n && !base; i++) {
        const struct crl_candidate *one = &picking->all[i];
        if (!one->dropped && !one->list.is_delta && !one->list.is_past &&
            same_kind(one, delta, picking->region)) {
            base = one;
        }
    }
    if (!base) {
        return delta_fail(delta, picking->region, "has no complete CRL to apply it to", err);
    }
    if (!delta->list.number.n) {
        return delta_fail(delta, picking->region, "has no CRL number", err);
    }
    if (!base->list.number.n) {
        return delta_fail(delta, picking->region, "needs a complete CRL with a CRL number", err);
    }
    if (crl_number_cmp(&base->list.number, &delta->list.base) < 0) {
        char has[CRL_NUMBER_TEXT_MAX], wants[CRL_NUMBER_TEXT_MAX], why[256];
        snprintf(why, sizeof(why),
                 "needs a complete CRL with number %s or higher, but the newest has number %s",
                 crl_number_text(&delta->list.base, wants),
                 crl_number_text(&base->list.number, has));
        return delta_fail(delta, picking->region, why, err);
    }
    return true;
}

/* Gives the complete list the newest delta that says more than it does. */
static void give_delta(const struct picking *picking, struct crl_candidate *base, bool *used)
{
    size_t best = picking->n;
    for (size_t i = 0; i < picking->n; i++) {
        const struct crl_candidate *one = &picking->all[i];
        if (!one->dropped && one->list.is_delta && crl_delta_applies(&one->list, &base->list) &&
            same_kind(base, one, picking->region) &&
            (best == picking->n || order(&one->list, &picking->all[best].list) > 0)) {
            best = i;
        }
    }
    if (best == picking->n) {
        return;
    }
    base->list.delta = (uint32_t)(best + 1);
    for (uint32_t at = base->list.delta; at; at = picking->all[at - 1].list.before) {
        used[at - 1] = true;
    }
}

static bool apply_deltas(const struct picking *picking, struct error *err)
{
    for (size_t i = 0; i < picking->n; i++) {
        const struct crl_candidate *one = &picking->all[i];
        if (!one->dropped && one->list.is_delta && !one->list.is_past && !one->carried &&
            !check_delta(picking, one, err)) {
            return false;
        }
    }
    bool *used = must_have(calloc(picking->n, sizeof(*used)));
    for (size_t i = 0; i < picking->n; i++) {
        struct crl_candidate *one = &picking->all[i];
        if (!one->dropped && !one->list.is_delta) {
            give_delta(picking, one, used);
        }
    }
    for (size_t i = 0; i < picking->n; i++) {
        /* What no list needs says nothing that the lists do not. */
        picking->all[i].dropped |= picking->all[i].list.is_delta && !used[i];
    }
    free(used);
    return true;
}

bool crl_pick(struct crl_candidate *all, size_t n, const void *region, int64_t now,
              struct error *err)
{
    const struct picking picking = {all, n, region, now};
    drop_older(&picking);
    return apply_deltas(&picking, err);
}

const char *crl_number_text(const struct crl_number *number, char out[static CRL_NUMBER_TEXT_MAX])
{
    snprintf(out, CRL_NUMBER_TEXT_MAX, "none");
    for (size_t i = 0; i < number->n && i < CRL_NUMBER_MAX; i++) {
        snprintf(out + i * 2, CRL_NUMBER_TEXT_MAX - i * 2, "%02X", number->octets[i]);
    }
    return out;
}

const char *crl_list_text(const struct crl_list *list, const X509_NAME *issuer, const void *region,
                          char out[static CRL_LIST_TEXT_MAX])
{
    char name[DN_SHORT_MAX];
    struct str file = str_head(view(region, list->file), 120);
    snprintf(out, CRL_LIST_TEXT_MAX, "CRL of \"%s\" in \"%.*s\"", dn_short(issuer, name),
             STR_ARG(file));
    return out;
}
