/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status of a certificate by CRLs (RFC 5280, 6.3.3). It is revoked if one of the CRLs that
 * cover it says so. Otherwise it is valid if these CRLs are current and together cover all reasons.
 */
#ifndef PKI_CRL_JUDGE_H
#define PKI_CRL_JUDGE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "pki/crl_image.h"
#include "pki/crl_question.h"

/* A CRL that begins within this time counts as begun if there is no CRL before it: the CA's clock
 * may be ahead. */
enum { CRL_SKEW_S = 300 };

/* The result for one certificate. */
struct crl_finding {
    int code; /* X509_V_OK, X509_V_ERR_UNABLE_TO_GET_CRL, …_CRL_NOT_YET_VALID, …_CRL_HAS_EXPIRED, or
                 …_CERT_REVOKED, which overrides the others */
    int reason;     /* revoked: CRLReason (RFC 5280, 5.3.1) */
    time_t revoked; /* revoked: midnight (UTC) of the revocation's day */
    time_t until;   /* with the same CRLs, the last second of this result; 0: no end */
};

/* An opened image. */
struct crl_image_view {
    const unsigned char *image;
    const struct crl_list *lists;
    uint64_t seed;
};

struct crl_judging {
    const struct crl_image_view *view;
    const struct crl_question *question;
    time_t grace;
    time_t now;
    struct crl_finding out; /* final once it is revoked */
    unsigned covered;       /* the reasons that current CRLs cover */
    int failure;            /* the error of a CRL that must be current; X509_V_OK: none */
    int missed;             /* the error of a CRL_HELPS one */
};

/* The reasons that the CRL covers for the certificate: none if its scope or points do not match the
 * certificate (6.3.3 (b) (2), (d)). */
unsigned crl_judge_reasons(const struct crl_image_view *view, const struct crl_list *list,
                           const struct crl_question *question);

enum crl_weight {
    CRL_DECIDES, /* the issuer's own: no certificate is valid unless it is current */
    CRL_HELPS,   /* it may cover further reasons */
};
/* Applies the CRL to the certificate, for these reasons. */
void crl_judge_add(struct crl_judging *judging, const struct crl_list *list, unsigned reasons,
                   enum crl_weight weight);

static inline bool crl_judge_covered(const struct crl_judging *judging)
{
    return (judging->covered & DIST_REASONS_ALL) == DIST_REASONS_ALL;
}

struct crl_finding crl_judge_end(struct crl_judging *judging);

#endif
