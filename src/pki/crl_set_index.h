/* SPDX-License-Identifier: Apache-2.0 */
/* Whose lists are whose: from an authority to its lists, read without a lock while it grows. */
#ifndef PKI_CRL_SET_INDEX_H
#define PKI_CRL_SET_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pki/crl_image.h"

enum { CRL_SCOPES = 3 };

/* An authority. Never changes once it is in the index. */
struct crl_owner {
    struct crl_owner *next;
    unsigned char id[CRL_ID_LEN];
    const struct crl_list *lists[CRL_SCOPES]; /* the newest complete one of each scope, or NULL */
};

struct crl_set_index;

struct crl_set_index *crl_set_index_new(size_t expected);
void crl_set_index_free(struct crl_set_index *index);

/* NULL: not there. From any thread. */
const struct crl_owner *crl_set_index_get(const struct crl_set_index *index,
                                          const unsigned char id[static CRL_ID_LEN]);

/* Adds an authority that is not there; from one thread at a time. `lists` is copied. */
void crl_set_index_add(struct crl_set_index *index, const unsigned char id[static CRL_ID_LEN],
                       const struct crl_list *const lists[static CRL_SCOPES]);

#endif
