/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the CRLs of a CA by its key and a distribution point; read without a lock while it grows.
 */
#ifndef PKI_CRL_SET_INDEX_H
#define PKI_CRL_SET_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pki/crl_image.h"
#include "pki/dist_points.h"

/*
 * The newest complete CRL of each kind for one distribution point of one key. It never changes once
 * it is in the index.
 */
struct crl_owner {
    struct crl_owner *next;
    unsigned char id[CRL_ID_LEN];
    unsigned char place[DIST_ID_LEN];
    size_t n;
    const struct crl_list *lists[];
};

/*
 * A place is the id of a distribution point, or one of these: the place of the CRLs for all points,
 * and a second place of all the others. The first exists for each key that has any CRL, and is
 * added last: a reader that finds it finds them all. The third means that a look-up of the key
 * found no CRL.
 */
extern const unsigned char CRL_PLACE_ALL[DIST_ID_LEN];
extern const unsigned char CRL_PLACE_OTHERS[DIST_ID_LEN];
extern const unsigned char CRL_PLACE_NONE[DIST_ID_LEN];

struct crl_set_index;

struct crl_set_index *crl_set_index_new(size_t expected);
void crl_set_index_free(struct crl_set_index *index);

/* NULL: not there. From any thread. */
const struct crl_owner *crl_set_index_get(const struct crl_set_index *index,
                                          const unsigned char id[static CRL_ID_LEN],
                                          const unsigned char place[static DIST_ID_LEN]);

/*
 * Adds the CRLs that the index does not have. Call it from one thread at a time. `lists` is copied.
 */
void crl_set_index_add(struct crl_set_index *index, const unsigned char id[static CRL_ID_LEN],
                       const unsigned char place[static DIST_ID_LEN],
                       const struct crl_list *const *lists, size_t n);

#endif
