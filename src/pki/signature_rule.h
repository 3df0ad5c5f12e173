/* SPDX-License-Identifier: Apache-2.0 */
/* The signature algorithms accepted in CRLs and OCSP responses. */
#ifndef PKI_SIGNATURE_RULE_H
#define PKI_SIGNATURE_RULE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * Whether a signature with this AlgorithmIdentifier is accepted: each digest in it, also in the
 * parameters of RSA-PSS (RFC 4055, 3.1: SHA-1 if absent), has at least 224 bits; Ed25519 and Ed448
 * have none. Rejects algorithms that OpenSSL does not know. *err: "its signature uses …".
 */
MUST_CHECK bool signature_counts(const X509_ALGOR *algorithm, struct error *err);

#endif
