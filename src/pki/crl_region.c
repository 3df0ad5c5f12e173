/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/crl_region.h"

#include <assert.h>
#include <string.h>

#include "pki/crl_slot_set.h"

enum { ALIGN = 8 };

static bool no_room(struct error *err)
{
    return error_set(err, "the CRLs do not fit into the memory reserved for them");
}

bool crl_region_take(struct crl_region *region, size_t n, unsigned char **out, struct error *err)
{
    if (n > region->room - region->used) {
        return no_room(err);
    }
    *out = region->base + region->used;
    region->used += n;
    return true;
}

bool crl_region_align(struct crl_region *region, struct error *err)
{
    assert(region->used <= region->room);
    unsigned char *p;
    size_t n = (ALIGN - region->used % ALIGN) % ALIGN;
    if (!crl_region_take(region, n, &p, err)) {
        return false;
    }
    memset(p, 0, n); /* a CRL that failed may have been here */
    return true;
}

bool crl_region_put(struct crl_region *region, struct str bytes, struct crl_span *out,
                    struct error *err)
{
    unsigned char *p;
    *out = (struct crl_span){region->used, bytes.n};
    if (!crl_region_take(region, bytes.n, &p, err)) {
        return false;
    }
    if (bytes.n) {
        memcpy(p, bytes.p, bytes.n);
    }
    return true;
}

bool crl_region_put_slots(struct crl_region *region, struct crl_list *list, struct error *err)
{
    unsigned char *p;
    list->slots_n = crl_slots_for(list->entries_n);
    size_t size = (size_t)list->slots_n * sizeof(uint32_t);
    if (!crl_region_align(region, err)) {
        return false;
    }
    assert(region->used % sizeof(uint32_t) == 0);
    list->slots_at = region->used;
    if (!crl_region_take(region, size, &p, err)) {
        return false;
    }
    memset(p, 0, size);
    if (list->slots_n) {
        uint32_t *slots = (uint32_t *)(void *)p;
        crl_slots_build(&(struct crl_slots){.seed = region->seed,
                                            .entries = region->base + list->entries.at,
                                            .entries_n = list->entries.n,
                                            .slots = slots,
                                            .slots_n = list->slots_n},
                        slots);
    }
    return true;
}
