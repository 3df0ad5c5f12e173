/* SPDX-License-Identifier: Apache-2.0 */
/* Which signature algorithms count where somebody says what is revoked: in CRLs and OCSP responses.
 */
#ifndef PKI_SIGNATURE_RULE_H
#define PKI_SIGNATURE_RULE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * Whether a signature of this AlgorithmIdentifier counts: each digest in it, also those in the
 * parameters of RSA-PSS (RFC 4055, 3.1: SHA-1 where they are left out), has at least 224 bits;
 * Ed25519 and Ed448 have none. What OpenSSL does not know does not count. *err: "its signature
 * uses …", about what is signed.
 */
MUST_CHECK bool signature_counts(const X509_ALGOR *algorithm, struct error *err);

#endif
