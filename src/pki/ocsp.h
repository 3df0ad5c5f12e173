/* SPDX-License-Identifier: Apache-2.0 */
/* Makes OCSP requests and verifies OCSP responses (RFC 6960). Does no I/O. */
#ifndef PKI_OCSP_H
#define PKI_OCSP_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum ocsp_status {
    OCSP_GOOD,
    OCSP_REVOKED,
    OCSP_UNKNOWN, /* the responder does not know the certificate */
};

struct ocsp_answer {
    enum ocsp_status status;
    int reason;         /* revoked: CRLReason (RFC 5280, 5.3.1); -1: not said */
    time_t revoked;     /* revoked: since when */
    time_t this_update; /* when the status was known to be correct */
    time_t next_update; /* when a newer one will be available; 0: not said */
};

/* Clocks may differ by this much, as in nginx. */
enum { OCSP_SKEW_S = 300 };
/* A longer response is an error. */
enum { OCSP_ANSWER_MAX = 64 * 1024 };

/*
 * Makes an OCSPRequest in DER about `cert`, which `issuer` issued: with SHA-1 in the CertID, which
 * all responders know (RFC 5019, 2.1.1), and without a nonce, so that answers may come from a
 * cache.
 */
MUST_CHECK bool ocsp_request(X509 *cert, X509 *issuer, struct arena *arena, struct str *out,
                             struct error *err);

/* The first responder with an http:// URL in the certificate (RFC 5280, 4.2.2.1). False: it names
 * none, or only other URLs; *err says which. */
MUST_CHECK bool ocsp_responder(X509 *cert, struct arena *arena, struct str *url, struct error *err);

/*
 * Reads the certificate's status from a response that can be trusted (RFC 6960, 3.2 and 4.2.2.2):
 * it is complete and successful, and about this certificate. An accepted algorithm
 * (pki/signature_rule.h) signed it with the key of the issuer, or of a responder whose certificate
 * the issuer itself issued for this purpose, valid at `at` (0: at thisUpdate). All others are
 * errors. Does not check the age of the answer.
 */
MUST_CHECK bool ocsp_read(struct str response, X509 *cert, X509 *issuer, time_t at,
                          struct ocsp_answer *out, struct error *err);

/*
 * Whether the answer is current: thisUpdate <= now <= nextUpdate, up to OCSP_SKEW_S. Without
 * nextUpdate it is accepted only while it is fresh: otherwise it could be replayed for ever.
 */
MUST_CHECK bool ocsp_is_current(const struct ocsp_answer *answer, time_t now, struct error *err);

/* ocsp_read and ocsp_is_current, for a response that was just received. */
MUST_CHECK bool ocsp_judge(struct str response, X509 *cert, X509 *issuer, time_t now,
                           struct ocsp_answer *out, struct error *err);

/* The last second at which the answer may be used again; 0: it may be used only now. */
time_t ocsp_until(const struct ocsp_answer *answer, time_t now);

/* Whether the CA is in `trusted`, or has a chain through `others` (may be NULL) to one of them. */
bool ocsp_issuer_trusted(X509 *issuer, STACK_OF(X509) * others, const STACK_OF(X509) * trusted,
                         time_t now);

/* "keyCompromise" for 1; "unspecified" for an absent or unknown reason. Static. */
const char *ocsp_reason_text(int reason);

#endif
