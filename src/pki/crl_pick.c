/* SPDX-License-Identifier: Apache-2.0 */
/* Newest CRLs, those in force until they begin, and deltas with their bases. */
#include "pki/crl_pick.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/str.h"
#include "pki/crl_extensions.h"
#include "pki/dn.h"

static struct str crl_pick_view(const void *region, struct crl_span span)
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
    return str_eq(crl_pick_view(region_a, a->key_id), crl_pick_view(region_b, b->key_id));
}

int crl_list_age_cmp(const struct crl_list *a, const struct crl_list *b)
{
    int by_number = a->number.n && b->number.n ? crl_number_cmp(&a->number, &b->number) : 0;
    return by_number ? by_number
                     : (a->this_update > b->this_update) - (a->this_update < b->this_update);
}

int crl_list_scope_cmp(const struct crl_list *a, const void *region_a, const struct crl_list *b,
                       const void *region_b)
{
    struct str points_a = crl_pick_view(region_a, a->points),
               points_b = crl_pick_view(region_b, b->points);
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

bool crl_delta_applies(const struct crl_list *delta, const struct crl_list *base)
{
    return base->number.n && delta->number.n && crl_number_cmp(&base->number, &delta->base) >= 0 &&
           crl_number_cmp(&base->number, &delta->number) < 0;
}

int crl_kind_cmp(const struct crl_kind *a, const struct crl_kind *b)
{
    if (a->name_hash != b->name_hash) {
        return a->name_hash < b->name_hash ? -1 : 1;
    }
    return crl_list_scope_cmp(a->list, a->region, b->list, b->region);
}

bool crl_kind_same(const struct crl_kind *a, const struct crl_kind *b)
{
    return crl_kind_cmp(a, b) == 0 && X509_NAME_cmp(a->issuer, b->issuer) == 0 &&
           crl_list_same_key(a->list, a->region, b->list, b->region);
}

/* Those that may be of one kind, the newest first. */
struct picking {
    struct crl_candidate *all;
    const void *region;
    int64_t now;
    const uint32_t *group; /* positions in `all` */
    size_t n;
    bool numbered; /* each has a number */
};

static struct crl_candidate *crl_pick_member(const struct picking *picking, size_t i)
{
    return &picking->all[picking->group[i]];
}

static struct crl_kind crl_pick_kind_of(const struct crl_candidate *one, const void *region)
{
    return (struct crl_kind){&one->list, region, one->issuer, one->name_hash};
}

static bool crl_pick_same_kind(const struct picking *picking, const struct crl_candidate *a,
                               const struct crl_candidate *b)
{
    const struct crl_kind x = crl_pick_kind_of(a, picking->region),
                          y = crl_pick_kind_of(b, picking->region);
    return crl_kind_same(&x, &y);
}

/*
 * Age, and where that is the same an order that files do not decide. Numbers go before dates only
 * where each of the group has one: else a could be newer than b, b than c, and c than a.
 */
static int order(const struct picking *picking, const struct crl_list *a, const struct crl_list *b)
{
    int by_number = crl_number_cmp(&a->number, &b->number);
    int cmp = picking->numbered ? by_number : 0;
    if (!cmp) {
        cmp = (a->this_update > b->this_update) - (a->this_update < b->this_update);
    }
    cmp = cmp ? cmp : by_number;
    if (!cmp) {
        cmp = (a->entries_n > b->entries_n) - (a->entries_n < b->entries_n);
    }
    if (!cmp) {
        cmp = (a->next_update > b->next_update) - (a->next_update < b->next_update);
    }
    return cmp ? cmp : memcmp(a->sha256, b->sha256, sizeof(a->sha256));
}

/* --- one kind: complete CRLs, or deltas --- */

static bool competes(const struct picking *picking, size_t a, size_t b)
{
    const struct crl_candidate *x = crl_pick_member(picking, a), *y = crl_pick_member(picking, b);
    return !y->dropped && !y->picked && x->list.is_delta == y->list.is_delta &&
           crl_pick_same_kind(picking, x, y);
}

static bool is_newer(const struct picking *picking, size_t a, size_t b)
{
    return order(picking, &crl_pick_member(picking, a)->list, &crl_pick_member(picking, b)->list) >
           0;
}

/* Of a kind: its newest, the newest that has begun, and the oldest that has not. */
struct choice {
    size_t newest, begun, next;
    bool has_begun;
};

static void crl_pick_choose(const struct picking *picking, size_t at, struct choice *choice)
{
    if (crl_pick_member(picking, at)->list.this_update > picking->now) {
        choice->next = at;
    } else if (!choice->has_begun) {
        choice->begun = at;
        choice->has_begun = true;
    }
}

/*
 * At most three of a kind stay: the newest, and while that has not begun the one that has, and the
 * next to begin. So a CA whose clock is ahead does not hold up its own CRLs by issuing further
 * ones, and does not fill the memory.
 */
static void pick_kind(const struct picking *picking, size_t newest)
{
    assert(!crl_pick_member(picking, newest)->dropped);
    struct choice choice = {.newest = newest, .next = newest};
    for (size_t i = newest; i < picking->n; i++) {
        if (competes(picking, newest, i)) {
            crl_pick_choose(picking, i, &choice);
        }
    }
    size_t chain[3] = {newest};
    size_t n = 1;
    bool waits = crl_pick_member(picking, newest)->list.this_update > picking->now;
    if (waits && is_newer(picking, newest, choice.next)) {
        chain[n++] = choice.next;
    }
    if (waits && choice.has_begun && is_newer(picking, chain[n - 1], choice.begun)) {
        chain[n++] = choice.begun;
    }
    for (size_t i = newest; i < picking->n; i++) {
        bool stays = i == newest || (n > 1 && i == chain[1]) || (n > 2 && i == chain[2]);
        if (competes(picking, newest, i)) {
            crl_pick_member(picking, i)->picked = stays;
            crl_pick_member(picking, i)->dropped = !stays;
        }
    }
    for (size_t i = 1; i < n; i++) {
        crl_pick_member(picking, chain[i - 1])->list.before = picking->group[chain[i]] + 1;
        crl_pick_member(picking, chain[i])->list.is_past = true;
    }
}

/* Keys are not always known, so that two of one kind with a third need not be of one with each
 * other: those go that are of one kind with a newer one that stays. */
static void drop_older(const struct picking *picking)
{
    for (size_t i = 0; i < picking->n; i++) {
        if (competes(picking, i, i)) {
            pick_kind(picking, i);
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

/* RFC 5280, 5.2.4 (c) and 6.3.3 (c): the newest complete CRL is one that it can be applied to. */
static bool check_delta(const struct picking *picking, const struct crl_candidate *delta,
                        struct error *err)
{
    const struct crl_candidate *base = NULL;
    for (size_t i = 0; i < picking->n && !base; i++) {
        const struct crl_candidate *one = crl_pick_member(picking, i);
        if (!one->dropped && !one->list.is_delta && !one->list.is_past &&
            crl_pick_same_kind(picking, one, delta)) {
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

/* Gives the complete CRL the newest delta that says more than it does. */
static void give_delta(const struct picking *picking, struct crl_candidate *base, bool *used)
{
    assert(!base->list.is_delta && !base->list.delta);
    for (size_t i = 0; i < picking->n; i++) {
        const struct crl_candidate *one = crl_pick_member(picking, i);
        if (!one->dropped && one->list.is_delta && crl_delta_applies(&one->list, &base->list) &&
            crl_pick_same_kind(picking, base, one)) {
            base->list.delta = picking->group[i] + 1;
            break;
        }
    }
    for (uint32_t at = base->list.delta; at; at = picking->all[at - 1].list.before) {
        used[at - 1] = true;
    }
}

static bool apply_deltas(const struct picking *picking, bool *used, struct error *err)
{
    for (size_t i = 0; i < picking->n; i++) {
        const struct crl_candidate *one = crl_pick_member(picking, i);
        if (!one->dropped && one->list.is_delta && !one->list.is_past && !one->carried &&
            !check_delta(picking, one, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < picking->n; i++) {
        struct crl_candidate *one = crl_pick_member(picking, i);
        if (!one->dropped && !one->list.is_delta) {
            give_delta(picking, one, used);
        }
    }
    for (size_t i = 0; i < picking->n; i++) {
        /* What no CRL needs says nothing that the CRLs do not. */
        crl_pick_member(picking, i)->dropped |=
            crl_pick_member(picking, i)->list.is_delta && !used[picking->group[i]];
    }
    return true;
}

/* --- groups --- */

static int group_cmp(const void *a, const void *b, void *arg)
{
    const struct picking *picking = arg;
    const struct crl_kind x =
        crl_pick_kind_of(&picking->all[*(const uint32_t *)a], picking->region);
    const struct crl_kind y =
        crl_pick_kind_of(&picking->all[*(const uint32_t *)b], picking->region);
    return crl_kind_cmp(&x, &y);
}

/* Of the same CRL twice the first stays: one that is carried is behind those from files. */
static int newest_cmp(const void *a, const void *b, void *arg)
{
    const struct picking *picking = arg;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int cmp = order(picking, &picking->all[y].list, &picking->all[x].list);
    return cmp ? cmp : (x > y) - (x < y);
}

static bool pick_group(struct picking *picking, uint32_t *group, size_t n, bool *used,
                       struct error *err)
{
    picking->group = group;
    picking->n = n;
    picking->numbered = true;
    for (size_t i = 0; i < n; i++) {
        picking->numbered &= crl_pick_member(picking, i)->list.number.n > 0;
    }
    qsort_r(group, n, sizeof(*group), newest_cmp, picking);
    drop_older(picking);
    return apply_deltas(picking, used, err);
}

bool crl_pick(struct crl_candidate *all, size_t n, const void *region, int64_t now,
              struct error *err)
{
    assert(n < UINT32_MAX); /* positions plus one */
    struct picking picking = {.all = all, .region = region, .now = now};
    uint32_t *sorted = must_calloc(n, sizeof(*sorted));
    bool *used = must_calloc(n, sizeof(*used));
    for (size_t i = 0; i < n; i++) {
        sorted[i] = (uint32_t)i;
    }
    qsort_r(sorted, n, sizeof(*sorted), group_cmp, &picking);
    bool ok = true;
    for (size_t at = 0, end = 0; ok && at < n; at = end) {
        while (end < n && group_cmp(&sorted[at], &sorted[end], &picking) == 0) {
            end++;
        }
        ok = pick_group(&picking, sorted + at, end - at, used, err);
    }
    free(used);
    free(sorted);
    return ok;
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
    struct str file = str_head(crl_pick_view(region, list->file), 120);
    snprintf(out, CRL_LIST_TEXT_MAX, "CRL of \"%s\" in \"%.*s\"", dn_short(issuer, name),
             STR_ARG(file));
    return out;
}
