/* SPDX-License-Identifier: Apache-2.0 */
/* The hash table over the entries of one CRL in an image (pki/crl_image.h). */
#ifndef PKI_CRL_SLOT_SET_H
#define PKI_CRL_SLOT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct crl_slots {
    uint64_t seed;
    const unsigned char *entries;
    uint64_t entries_n; /* bytes */
    const uint32_t *slots;
    uint64_t slots_n;
};

enum { CRL_REASON_REMOVED = 8 }; /* removeFromCRL (RFC 5280, 5.3.1) */

/* The number of slots for that many entries: at most half of them are used. */
uint64_t crl_slots_for(uint64_t count);

/* Fills `slots`, which are the table's and zero. Of entries with the same serial number the first
 * counts, unless only another one says that it is revoked. */
void crl_slots_build(const struct crl_slots *table, uint32_t *slots);

/* The entry of the serial number (content octets of the INTEGER), or NULL. */
const unsigned char *crl_slots_find(const struct crl_slots *table, struct str serial);

#endif
