/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a set of CRLs may take another's place: no CRL goes back to an older one. */
#include "pki/crl_set_replace.h"

#include <assert.h>
#include <stdlib.h>

#include "base/must.h"
#include "pki/crl_pick.h"

/* A set's complete CRLs, those of one kind side by side. */
struct kinds {
    struct crl_kind *items;
    size_t n;
};

static int order_cmp(const void *a, const void *b)
{
    return crl_kind_cmp(a, b);
}

static struct kinds kinds_new(const struct crl_set *set)
{
    size_t all = crl_set_carried_n(set);
    struct kinds kinds = {must_have(calloc(all + 1, sizeof(*kinds.items))), 0};
    for (size_t i = 0; i < all; i++) {
        struct crl_carried from = crl_set_carried(set, i);
        if (!from.list->is_delta && !from.list->is_past) {
            kinds.items[kinds.n++] =
                (struct crl_kind){from.list, from.image, from.issuer, from.name_hash};
        }
    }
    qsort(kinds.items, kinds.n, sizeof(kinds.items[0]), order_cmp);
    return kinds;
}

/* Its delta, where it has one. */
static const struct crl_list *youngest(const struct crl_set *set, const struct crl_list *list)
{
    assert(!list->is_delta);
    return list->delta ? crl_set_carried(set, list->delta - 1).list : list;
}

static bool is_older(const struct crl_set *set, const struct crl_kind *is,
                     const struct crl_set *old, const struct crl_kind *was, struct error *err)
{
    const struct crl_list *now = youngest(set, is->list), *then = youngest(old, was->list);
    if (!crl_kind_same(is, was) || crl_list_age_cmp(now, then) >= 0) {
        return false;
    }
    char text[CRL_LIST_TEXT_MAX], mine[CRL_NUMBER_TEXT_MAX], other[CRL_NUMBER_TEXT_MAX];
    error_set(err,
              "the %s is older than the one in force (its number is %s, the number in force is %s)",
              crl_list_text(is->list, is->issuer, is->region, text),
              crl_number_text(&now->number, mine), crl_number_text(&then->number, other));
    return true;
}

bool crl_set_may_replace(const struct crl_set *set, const struct crl_set *old, struct error *err)
{
    struct kinds is = kinds_new(set), was = kinds_new(old);
    bool ok = true;
    for (size_t i = 0, at = 0; ok && i < is.n; i++) {
        while (at < was.n && crl_kind_cmp(&was.items[at], &is.items[i]) < 0) {
            at++;
        }
        for (size_t j = at; ok && j < was.n && crl_kind_cmp(&was.items[j], &is.items[i]) == 0;
             j++) {
            ok = !is_older(set, &is.items[i], old, &was.items[j], err);
        }
    }
    free(is.items);
    free(was.items);
    return ok;
}
