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

/* About one certificate. */
struct crl_finding {
    int code; /* X509_V_OK, X509_V_ERR_UNABLE_TO_GET_CRL, …_CRL_NOT_YET_VALID, …_CRL_HAS_EXPIRED, or
                 …_CERT_REVOKED, which goes before the others */
    int reason;     /* revoked: CRLReason (RFC 5280, 5.3.1) */
    time_t revoked; /* revoked: midnight (UTC) of the day the list says */
    time_t until;   /* the last second at which the same lists say the same; 0: no end */
};

/*
 * Judges the certificate that `issuer` gave this serial (content octets of the INTEGER). `is_ca`
 * picks the scope. A list counts until nextUpdate plus `grace` seconds (0: nginx's rule).
 */
struct crl_finding crl_set_check(const struct crl_set *set,
                                 const unsigned char issuer[static CRL_ID_LEN], struct str serial,
                                 bool is_ca, time_t grace, time_t now);

/* The same by the lists of an issuer that nobody vouches for: nothing of it is remembered. */
struct crl_finding crl_set_check_stranger(const struct crl_set *set, X509 *issuer,
                                          struct str serial, bool is_ca, time_t grace, time_t now);

/*
 * Whether the set may take the place of `old`: none of its lists is older (number, then thisUpdate)
 * than the list of the same issuer, key and scope there. Otherwise *err names list and numbers.
 */
MUST_CHECK bool crl_set_may_replace(const struct crl_set *set, const struct crl_set *old,
                                    struct error *err);

/* For reports: the complete lists, one by one. */
struct crl_facts {
    const X509_NAME *issuer;
    struct str file;
    time_t this_update; /* of the delta where there is one */
    time_t next_update; /* 0: none */
    size_t entries_n;
    struct str number; /* octets */
    enum crl_scope scope;
};
size_t crl_set_size(const struct crl_set *set);
struct crl_facts crl_set_facts(const struct crl_set *set, size_t i);

#endif
