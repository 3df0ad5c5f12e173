/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/crl_carry.h"

#include "base/must.h"

static bool put_span(struct crl_region *region, const struct crl_carried *from,
                     struct crl_span *span, struct error *err)
{
    const char *p = (const char *)from->image + span->at;
    return crl_region_put(region, (struct str){p, (size_t)span->n}, span, err);
}

bool crl_carry(struct crl_region *region, const struct crl_carried *from, struct crl_candidate *out,
               struct error *err)
{
    struct crl_list *list = &out->list;
    *list = *from->list;
    list->delta = list->before = list->is_past = 0;
    out->carried = true;
    out->issuer = must_have(X509_NAME_dup(from->issuer));
    out->name_hash = X509_NAME_hash_ex(out->issuer, NULL, NULL, NULL);
    if (!crl_region_align(region, err)) {
        return false;
    }
    out->bytes.at = region->used;
    if (!put_span(region, from, &list->entries, err) || !crl_region_put_slots(region, list, err) ||
        !put_span(region, from, &list->issuer, err) ||
        !put_span(region, from, &list->key_id, err) || !put_span(region, from, &list->file, err) ||
        !put_span(region, from, &list->points, err) ||
        !put_span(region, from, &list->point_text, err) ||
        !put_span(region, from, &list->signature, err) || !crl_region_align(region, err)) {
        return false;
    }
    out->bytes.n = region->used - out->bytes.at;
    return true;
}
