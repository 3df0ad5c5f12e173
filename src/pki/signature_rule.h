/* SPDX-License-Identifier: Apache-2.0 */
/* Which signature algorithms are accepted in CRLs and OCSP responses.
 */
#ifndef PKI_SIGNATURE_RULE_H
#define PKI_SIGNATURE_RULE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * Whether a signature of this AlgorithmIdentifier is accepted: each digest in it, also those in the
 * parameters of RSA-PSS (RFC 4055, 3.1: SHA-1 where they are left out), has at least 224 bits;
 * Ed25519 and Ed448 have none. Algorithms that OpenSSL does not know are not accepted. *err: "its
 * signature uses …", about what is signed.
 */
MUST_CHECK bool signature_counts(const X509_ALGOR *algorithm, struct error *err);

#endif
