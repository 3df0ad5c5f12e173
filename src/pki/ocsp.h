/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP requests, and the verification of OCSP responses (RFC 6960). Bytes in, values out. */
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
    time_t this_update; /* when it was known to be true */
    time_t next_update; /* when there will be something newer; 0: not said */
};

/* Clocks may differ that much; as nginx. */
enum { OCSP_SKEW_S = 300 };
/* A longer response is an error. */
enum { OCSP_ANSWER_MAX = 64 * 1024 };

/*
 * DER of an OCSPRequest about the certificate that `issuer` issued: SHA-1 in the CertID, which all
 * responders know (RFC 5019, 2.1.1), and no nonce, so that answers may come from a cache.
 */
MUST_CHECK bool ocsp_request(X509 *cert, X509 *issuer, struct arena *arena, struct str *out,
                             struct error *err);

/* The first responder with an http:// URL that the certificate names (RFC 5280, 4.2.2.1). False: it
 * names none, or only others; the error says which. */
MUST_CHECK bool ocsp_responder(X509 *cert, struct arena *arena, struct str *url, struct error *err);

/*
 * The certificate's status according to the response, if the response can be trusted: it is
 * complete and successful, is about this certificate, and is signed by an accepted algorithm
 * (pki/signature_rule.h) with the issuer's key, or by a responder whose certificate the issuer
 * itself issued for that purpose and which is valid at `at` (0: at the answer's thisUpdate); RFC
 * 6960, 3.2 and 4.2.2.2. Anything else is an error. The age of the answer is not checked.
 */
MUST_CHECK bool ocsp_read(struct str response, X509 *cert, X509 *issuer, time_t at,
                          struct ocsp_answer *out, struct error *err);

/*
 * Whether the answer may be relied on now: thisUpdate <= now <= nextUpdate, up to OCSP_SKEW_S. One
 * without nextUpdate is accepted only while it is fresh: otherwise it could be replayed for ever.
 */
MUST_CHECK bool ocsp_is_current(const struct ocsp_answer *answer, time_t now, struct error *err);

/* Both: a response that was just received. */
MUST_CHECK bool ocsp_judge(struct str response, X509 *cert, X509 *issuer, time_t now,
                           struct ocsp_answer *out, struct error *err);

/* The last second at which the answer may be used again; 0: only once, now. */
time_t ocsp_until(const struct ocsp_answer *answer, time_t now);

/* Whether the CA is one of `trusted`, or has a chain over `others` (may be NULL) to one of them. */
bool ocsp_issuer_trusted(X509 *issuer, STACK_OF(X509) * others, const STACK_OF(X509) * trusted,
                         time_t now);

/* "keyCompromise" for 1; "unspecified" for what is not said or unknown. Static. */
const char *ocsp_reason_text(int reason);

#endif
