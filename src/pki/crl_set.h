/* SPDX-License-Identifier: Apache-2.0 */
/* The revocation lists in force: exact look-up, at the same cost whatever their size. */
#ifndef PKI_CRL_SET_H
#define PKI_CRL_SET_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "base/str.h"
#include "pki/crl_image.h"
#include "pki/crl_judge.h"
#include "pki/crl_question.h"

struct crl_set; /* the lists never change; used by all threads; counts its references */

/*
 * Opens an image. `release` (may be NULL) is called with the image when the last reference is gone,
 * or here on failure. Positions are checked, contents are believed: who made the image verified
 * them.
 */
MUST_CHECK bool crl_set_open(const void *image, size_t size,
                             void (*release)(const void *image, size_t size), struct crl_set **out,
                             struct error *err);
struct crl_set *crl_set_ref(struct crl_set *set);
void crl_set_unref(struct crl_set *set); /* NULL is legal */

/* SHA-256: sets with the same digest judge alike. CRL_DIGEST… of pki/crl_image.h. */
const unsigned char *crl_set_digest(const struct crl_set *set);

/* Which authority: SHA-256 over subject and SubjectPublicKeyInfo. False: OpenSSL failed. */
MUST_CHECK bool crl_issuer_id(const X509 *issuer, unsigned char id[static CRL_ID_LEN]);

/*
 * Checks the signature of the lists of this issuer's name that nobody known when the image was made
 * has signed; from here on they are its lists, if it has signed them. Locks. To be called only with
 * an issuer that a trusted one vouches for, signature by signature: what is in any other
 * certificate may be made up around the name and key of a true one. Returns how many lists in the
 * set are this issuer's now.
 */
size_t crl_set_adopt(struct crl_set *set, X509 *issuer);

/*
 * Judges the certificate that is asked about, by the lists of its issuers that are known to the
 * set. One that ends the chain names no point: its own lists of any point are asked about it too.
 * Of several issuers each must have been adopted (crl_set_adopt), whether it has lists or not: else
 * there is no CRL. A list counts until nextUpdate plus `grace` seconds
 * (0: nginx's rule).
 */
struct crl_finding crl_set_check(const struct crl_set *set, const struct crl_question *question,
                                 time_t grace, time_t now);

/* The same by the lists of issuers that nobody vouches for: nothing of it is remembered. They are
 * the question's (crl_question_issuers). */
struct crl_finding crl_set_check_stranger(const struct crl_set *set, X509 *const *issuers,
                                          const struct crl_question *question, time_t grace,
                                          time_t now);

/*
 * Whether the set may take the place of `old`: none of its lists is older (number, then thisUpdate)
 * than the list of the same kind (pki/crl_image.h) and key there. Otherwise *err names list and
 * numbers.
 */
MUST_CHECK bool crl_set_may_replace(const struct crl_set *set, const struct crl_set *old,
                                    struct error *err);

/* For the next image: each list that there is, the complete ones, deltas, and those before them. */
struct crl_carried {
    const struct crl_list *list;
    const X509_NAME *issuer;
    unsigned long name_hash;    /* of the issuer */
    const unsigned char *image; /* what the list's positions are in */
};
size_t crl_set_carried_n(const struct crl_set *set);
struct crl_carried crl_set_carried(const struct crl_set *set, size_t i);
size_t crl_set_bytes(const struct crl_set *set); /* of the image */

/* For reports: the complete lists, one by one, the newest of each kind. */
struct crl_facts {
    const X509_NAME *issuer;
    struct str file;
    time_t this_update; /* of the delta where there is one */
    time_t next_update; /* 0: none */
    size_t entries_n;
    struct str number; /* octets */
    enum crl_scope scope;
    struct str point; /* the first name of its distribution point; n == 0: all points */
    bool follows;     /* until it begins, another one is in force */
};
size_t crl_set_size(const struct crl_set *set);
struct crl_facts crl_set_facts(const struct crl_set *set, size_t i);

#endif
