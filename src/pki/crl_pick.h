/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the CRLs of a set from all that were read. */
#ifndef PKI_CRL_PICK_H
#define PKI_CRL_PICK_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "pki/crl_image.h"

struct crl_candidate {
    struct crl_list list;    /* positions are the region's */
    X509_NAME *issuer;       /* owned by the maker of the array */
    unsigned long name_hash; /* of the issuer; equal names have equal ones */
    struct crl_span bytes;   /* all bytes of the CRL in the region */
    bool carried;            /* not from a file: it was in force before */
    bool picked;             /* for crl_pick: it stays, and the search in its kind is over */
    bool dropped;
    uint32_t place; /* among those that are not dropped */
};

/* Whether both are of one issuer and key, as far as is known: they share a signer, or, if one has
 * no signer yet, name the same key. Spans point into the regions. */
bool crl_list_same_key(const struct crl_list *a, const void *region_a, const struct crl_list *b,
                       const void *region_b);

/* Orders CRLs; those of the same scope, reasons and points are equal. */
int crl_list_scope_cmp(const struct crl_list *a, const void *region_a, const struct crl_list *b,
                       const void *region_b);

/* A CRL, in the form to find others of its kind (pki/crl_image.h). */
struct crl_kind {
    const struct crl_list *list;
    const void *region; /* its spans point into it */
    const X509_NAME *issuer;
    unsigned long name_hash; /* of the issuer */
};
/* Orders CRLs so that all of one kind are together, perhaps among others. */
int crl_kind_cmp(const struct crl_kind *a, const struct crl_kind *b);
/* Whether both have the same kind and key. */
bool crl_kind_same(const struct crl_kind *a, const struct crl_kind *b);

/* Whether the delta adds anything to this complete CRL (RFC 5280, 5.2.4 (c)). */
bool crl_delta_applies(const struct crl_list *delta, const struct crl_list *base);

/* Compares ages, as memcmp: by number if both have one (RFC 5280, 5.2.3), then by thisUpdate. */
int crl_list_age_cmp(const struct crl_list *a, const struct crl_list *b);

/*
 * Drops all CRLs but the newest of each kind and key, and assigns deltas to their bases (see
 * crl_builder_finish). If a CRL begins after `now`, the one before it stays in force until then.
 * `delta` and `before` become positions in the array plus one.
 */
MUST_CHECK bool crl_pick(struct crl_candidate *all, size_t n, const void *region, int64_t now,
                         struct error *err);

/* "CRL of "CN=Some CA" in "ca.crl"", for messages; cut if it is too long. */
enum { CRL_LIST_TEXT_MAX = 400 };
const char *crl_list_text(const struct crl_list *list, const X509_NAME *issuer, const void *region,
                          char out[static CRL_LIST_TEXT_MAX]);

/* A CRL number in hexadecimal, or "none". */
enum { CRL_NUMBER_TEXT_MAX = 2 * CRL_NUMBER_MAX + 8 };
const char *crl_number_text(const struct crl_number *number, char out[static CRL_NUMBER_TEXT_MAX]);

#endif
