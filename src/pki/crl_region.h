/* SPDX-License-Identifier: Apache-2.0 */
/* The memory for an image of CRLs (pki/crl_image.h). */
#ifndef PKI_CRL_REGION_H
#define PKI_CRL_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "pki/crl_image.h"

struct crl_region {
    unsigned char *base; /* the caller's, zero, aligned for the image */
    size_t room;
    size_t used;
    uint64_t seed; /* of the slots' hash */
};

/* Each fails if there is no room. */
MUST_CHECK bool crl_region_align(struct crl_region *region, struct error *err);
MUST_CHECK bool crl_region_put(struct crl_region *region, struct str bytes, struct crl_span *out,
                               struct error *err);
/* Adds `n` bytes at the end, for the caller to fill. */
MUST_CHECK bool crl_region_take(struct crl_region *region, size_t n, unsigned char **out,
                                struct error *err);
/* Makes the slots of the CRL's entries, which must be complete. */
MUST_CHECK bool crl_region_put_slots(struct crl_region *region, struct crl_list *list,
                                     struct error *err);

#endif
