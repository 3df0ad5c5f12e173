/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the CRLs of a CA by its key and a distribution point. Reading needs no lock, even while it
 * grows.
 */
#ifndef PKI_CRL_SET_INDEX_H
#define PKI_CRL_SET_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pki/crl_image.h"
#include "pki/dist_points.h"

/*
 * The newest complete CRL of each kind for one key and distribution point. Never changes once it is
 * in the index.
 */
struct crl_owner {
    struct crl_owner *next;
    unsigned char id[CRL_ID_LEN];
    unsigned char place[DIST_ID_LEN];
    size_t n;
    const struct crl_list *lists[];
};

/*
 * A place is the id of a distribution point, or one of these. CRL_PLACE_ALL: the CRLs for all
 * points. It exists for each key with any CRL, and is added last: a reader that finds it finds them
 * all. CRL_PLACE_OTHERS: all other CRLs once more. CRL_PLACE_NONE: a look-up of the key found no
 * CRL.
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

/* Adds those CRLs that the index lacks; copies `lists`. Call it from one thread at a time. */
void crl_set_index_add(struct crl_set_index *index, const unsigned char id[static CRL_ID_LEN],
                       const unsigned char place[static DIST_ID_LEN],
                       const struct crl_list *const *lists, size_t n);

#endif
