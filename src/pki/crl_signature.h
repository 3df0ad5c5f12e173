/* SPDX-License-Identifier: Apache-2.0 */
/* Which key signed a CRL. */
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

/* The NID of the digest that this algorithm signs; NID_undef: a digest alone cannot verify its
 * signatures. */
int crl_signature_digest(int nid);

/* Whether the key made the signature. For accepted digests see pki/signature_rule.h. */
bool crl_signature_check(const struct crl_signature *signature, EVP_PKEY *key);

/* Whether the CA may have issued a CRL with this issuer name and authority key identifier
 * (n == 0: none): RFC 5280, 5.2.1. */
bool crl_authority_fits(const X509 *authority, const X509_NAME *issuer, struct str key_id);

/* Whether the CA's keyUsage allows it to sign CRLs (RFC 5280, 4.2.1.3 and 6.3.3 (f)). */
bool crl_authority_signs(X509 *authority);

#endif
