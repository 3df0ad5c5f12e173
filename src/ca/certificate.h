/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a certificate from a profile (RFC 5280, 4.1 and 4.2). */
#ifndef CA_CERTIFICATE_H
#define CA_CERTIFICATE_H

#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "ca/names.h"
#include "ca/serial_number.h"

struct profile {
    enum cert_kind kind;
    const X509_NAME *subject;
    const GENERAL_NAMES *names; /* NULL or empty: none */
    EVP_PKEY *public_key;
    X509 *issuer; /* borrowed; NULL: itself (a root) */
    EVP_PKEY *issuer_key;
    int path_length; /* of a CA; negative: no limit */
    int64_t not_before, not_after;
    const struct serial_number *serial;
};

/* Seconds by which certificates and CRLs begin early, for slow clocks. */
enum { CLOCK_SKEW = 300 };

enum { KEY_ID = 20 }; /* octets of SHA-1 */
/*
 * The subject key identifier; if the certificate has none, computes it into `scratch` (RFC 5280,
 * 4.2.1.2, method 1). Empty: the digest could not be made.
 */
struct str key_id_of(const X509 *cert, unsigned char scratch[static EVP_MAX_MD_SIZE]);

/* Appends the certificate in DER. */
MUST_CHECK bool certificate_make(const struct profile *profile, struct buf *out, struct error *err);

#endif
