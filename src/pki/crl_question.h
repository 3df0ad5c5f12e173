/* SPDX-License-Identifier: Apache-2.0 */
/* What a look-up in the CRLs needs about one certificate of a chain. */
#ifndef PKI_CRL_QUESTION_H
#define PKI_CRL_QUESTION_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "pki/crl_image.h"
#include "pki/dist_points.h"
#include "pki/serial.h"

enum { CRL_ISSUERS_MAX = 4 };

struct crl_question {
    /*
     * The issuers whose CRLs cover the certificate. The first is its issuer. The others are further
     * keys of the same CA, next in the chain: each certified the one before it under the same name
     * (RFC 5280, 3.2: self-issued, when a CA changes its key). Their CRLs count as CRLs of the CA,
     * too (6.3.3 (f): the signer has the same trust anchor, here by the same chain).
     */
    unsigned char issuers[CRL_ISSUERS_MAX][CRL_ID_LEN];
    size_t issuers_n;
    unsigned char serial[SERIAL_MAX]; /* content octets of the INTEGER */
    size_t serial_n;
    struct dist_point points[DIST_POINTS_MAX];
    size_t points_n;
    bool is_ca;
    bool is_anchor; /* the end of the chain, issued by itself */
};

/* Makes the question for the certificate at `depth`; the last one counts as its own issuer. False:
 * no usable serial number, or OpenSSL failed. */
MUST_CHECK bool crl_question_of(const STACK_OF(X509) * chain, int depth, struct crl_question *out);

/* The certificates of the question's `issuers`, borrowed. Returns their number. */
size_t crl_question_issuers(const STACK_OF(X509) * chain, int depth,
                            X509 *out[static CRL_ISSUERS_MAX]);

/* Whether the certificate at `depth` has the same name as its issuer, the next in the chain. */
bool crl_question_self_issued(const STACK_OF(X509) * chain, int depth);

#endif
