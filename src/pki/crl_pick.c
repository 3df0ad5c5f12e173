/* SPDX-License-Identifier: Apache-2.0 */
/* Newest lists, and deltas with their bases. */
#include "pki/crl_pick.h"

#include <stdio.h>
#include <string.h>

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

static bool same_kind(const struct crl_candidate *a, const struct crl_candidate *b,
                      const void *region)
{
    return a->name_hash == b->name_hash && a->list.scope == b->list.scope &&
           X509_NAME_cmp(a->issuer, b->issuer) == 0 &&
           crl_list_same_key(&a->list, region, &b->list, region);
}

static void drop_older(struct crl_candidate *all, size_t n, const void *region)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i && !all[i].dropped; j++) {
            if (all[j].dropped || all[i].list.is_delta != all[j].list.is_delta ||
                !same_kind(&all[i], &all[j], region)) {
                continue;
            }
            bool newer = order(&all[i].list, &all[j].list) > 0;
            all[newer ? j : i].dropped = true;
        }
    }
}

static bool delta_fail(const struct crl_candidate *delta, const void *region, const char *why,
                       struct error *err)
{
    char text[CRL_LIST_TEXT_MAX];
    return error_set(err, "the delta %s %s",
                     crl_list_text(&delta->list, delta->issuer, region, text), why);
}

/* RFC 5280, 5.2.4 (c) and 6.3.3 (c). */
static bool apply_delta(struct crl_candidate *all, size_t n, size_t at, const void *region,
                        struct error *err)
{
    struct crl_candidate *delta = &all[at];
    struct crl_candidate *base = NULL;
    for (size_t i = 0; i < n && !base; i++) {
        if (!all[i].dropped && !all[i].list.is_delta && same_kind(&all[i], delta, region)) {
            base = &all[i];
        }
    }
    if (!base) {
        return delta_fail(delta, region, "has no complete list to apply it to", err);
    }
    if (!delta->list.number.n) {
        return delta_fail(delta, region, "has no number", err);
    }
    if (!base->list.number.n) {
        return delta_fail(delta, region, "belongs to a complete list that has no number", err);
    }
    if (crl_number_cmp(&base->list.number, &delta->base) < 0) {
        char has[CRL_NUMBER_TEXT_MAX], wants[CRL_NUMBER_TEXT_MAX], why[256];
        snprintf(why, sizeof(why),
                 "needs a complete list of number %s or newer, there is number %s",
                 crl_number_text(&delta->base, wants), crl_number_text(&base->list.number, has));
        return delta_fail(delta, region, why, err);
    }
    if (crl_number_cmp(&base->list.number, &delta->list.number) >= 0) {
        delta->dropped = true; /* it says nothing that the list does not */
        return true;
    }
    base->list.delta = (uint32_t)(at + 1);
    return true;
}

bool crl_pick(struct crl_candidate *all, size_t n, const void *region, struct error *err)
{
    drop_older(all, n, region);
    for (size_t i = 0; i < n; i++) {
        if (!all[i].dropped && all[i].list.is_delta && !apply_delta(all, n, i, region, err)) {
            return false;
        }
    }
    return true;
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
    snprintf(out, CRL_LIST_TEXT_MAX, "list of \"%s\" in \"%.*s\"", dn_short(issuer, name),
             STR_ARG(file));
    return out;
}
