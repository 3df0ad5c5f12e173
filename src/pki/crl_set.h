/* SPDX-License-Identifier: Apache-2.0 */
/* The CRLs in force: exact look-up, at the same cost for any size. */
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

struct crl_set; /* the CRLs never change; shared by all threads; reference-counted */

/*
 * Opens an image. Calls `release` (may be NULL) with the image when the last reference is gone, or
 * here on failure. Checks positions, but trusts contents: the maker of the image verified them.
 */
MUST_CHECK bool crl_set_open(const void *image, size_t size,
                             void (*release)(const void *image, size_t size), struct crl_set **out,
                             struct error *err);
struct crl_set *crl_set_ref(struct crl_set *set);
void crl_set_unref(struct crl_set *set); /* NULL is legal */

/* SHA-256: sets with the same digest give the same verdicts. `digest` of pki/crl_image.h. */
const unsigned char *crl_set_digest(const struct crl_set *set);

/* The id of a CA: SHA-256 over subject and SubjectPublicKeyInfo. False: OpenSSL failed. */
MUST_CHECK bool crl_issuer_id(const X509 *issuer, unsigned char id[static CRL_ID_LEN]);

/*
 * Checks the CRLs in this issuer's name whose signer was unknown when the image was made, and
 * assigns to the issuer those that it signed. Thread-safe. Call it only with an issuer whose chain
 * to a trusted CA was verified: any other certificate may be a forgery with the name and key of a
 * real CA. Returns the number of CRLs now assigned to this issuer.
 */
size_t crl_set_adopt(struct crl_set *set, X509 *issuer);

/*
 * Judges the certificate by its issuers' CRLs in the set. A certificate at the end of the chain
 * names no point: its own CRLs for any point apply to it too. Each of several issuers must have
 * been adopted (crl_set_adopt), even if it has no CRLs: otherwise the CRL counts as missing. A CRL
 * is accepted until nextUpdate plus `grace` seconds (0: nginx's rule).
 */
struct crl_finding crl_set_check(const struct crl_set *set, const struct crl_question *question,
                                 time_t grace, time_t now);

/* The same for issuers without a verified chain to a trusted CA: keeps nothing. `issuers` are those
 * of the question (crl_question_issuers). */
struct crl_finding crl_set_check_stranger(const struct crl_set *set, X509 *const *issuers,
                                          const struct crl_question *question, time_t grace,
                                          time_t now);

/* For the next image: every CRL of the set, with deltas and each `before`. */
struct crl_carried {
    const struct crl_list *list;
    const X509_NAME *issuer;
    unsigned long name_hash;    /* of the issuer */
    const unsigned char *image; /* the memory that the CRL's positions refer to */
};
size_t crl_set_carried_n(const struct crl_set *set);
struct crl_carried crl_set_carried(const struct crl_set *set, size_t i);
size_t crl_set_bytes(const struct crl_set *set); /* of the image */

/* For reports: the newest complete CRL of each kind. */
struct crl_facts {
    const X509_NAME *issuer;
    struct str file;
    time_t this_update; /* of the delta if there is one */
    time_t next_update; /* 0: none */
    size_t entries_n;
    struct str number; /* octets */
    enum crl_scope scope;
    struct str point; /* the first name of its distribution point; n == 0: all points */
    bool follows;     /* another CRL is in force until it begins */
};
size_t crl_set_size(const struct crl_set *set);
struct crl_facts crl_set_facts(const struct crl_set *set, size_t i);

#endif
