/* SPDX-License-Identifier: Apache-2.0 */
/* What a look-up in the CRLs needs to know about one certificate of a chain. */
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
     * keys of the same CA: each certified the one before it, and they follow in the chain with the
     * same name (RFC 5280, 3.2: self-issued, when a CA changes its key). Their CRLs count as CRLs
     * of the CA, too (6.3.3 (f): the signer has the same trust anchor, here by the same chain).
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

/* Of the certificate at `depth`; the last one is taken for its own issuer. False: it has no usable
 * serial number, or OpenSSL failed. */
MUST_CHECK bool crl_question_of(const STACK_OF(X509) * chain, int depth, struct crl_question *out);

/* The certificates that question's `issuers` are the ids of, borrowed. Returns how many. */
size_t crl_question_issuers(const STACK_OF(X509) * chain, int depth,
                            X509 *out[static CRL_ISSUERS_MAX]);

/* Whether the certificate at `depth` is of the same name as the one that issued it, which is above
 * it in the chain. */
bool crl_question_self_issued(const STACK_OF(X509) * chain, int depth);

#endif
