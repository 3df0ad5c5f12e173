/* SPDX-License-Identifier: Apache-2.0 */
/* Who signed a revocation list. */
#ifndef PKI_CRL_SIGNATURE_H
#define PKI_CRL_SIGNATURE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct crl_signature {
    int nid;           /* of signatureAlgorithm */
    struct str digest; /* of the TBSCertList, by that algorithm */
    struct str octets;
};

/* The digest (a NID) that a signature of this algorithm is checked from; NID_undef: it is not one
 * that can be checked from a digest alone. */
int crl_signature_digest(int nid);

/* Whether that key made it. Which digests count is pki/signature_rule.h's matter. */
bool crl_signature_check(const struct crl_signature *signature, EVP_PKEY *key);

/* Whether the authority may be the one that issued a list of this name and authority key identifier
 * (n == 0: none): RFC 5280, 5.2.1. */
bool crl_authority_fits(const X509 *authority, const X509_NAME *issuer, struct str key_id);

/* Whether its keyUsage lets it sign lists (RFC 5280, 4.2.1.3 and 6.3.3 (f)). */
bool crl_authority_signs(X509 *authority);

#endif
