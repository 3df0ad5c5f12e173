/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lists say about a certificate (RFC 5280, 6.3.3). It is revoked if one of those that speak of
 * it says so. Else it is good if they are current and tell all reasons between them.
 */
#ifndef PKI_CRL_JUDGE_H
#define PKI_CRL_JUDGE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "pki/crl_image.h"
#include "pki/crl_question.h"

/* A list that begins within that time counts as begun where none is in force before it: the clock
 * of the CA may be ahead. */
enum { CRL_SKEW_S = 300 };

/* About one certificate. */
struct crl_finding {
    int code; /* X509_V_OK, X509_V_ERR_UNABLE_TO_GET_CRL, …_CRL_NOT_YET_VALID, …_CRL_HAS_EXPIRED, or
                 …_CERT_REVOKED, which goes before the others */
    int reason;     /* revoked: CRLReason (RFC 5280, 5.3.1) */
    time_t revoked; /* revoked: midnight (UTC) of the day the list says */
    time_t until;   /* the last second at which the same lists say the same; 0: no end */
};

/* An image that was opened. */
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
    struct crl_finding out; /* revoked: that is the end */
    unsigned covered;       /* the reasons told by current lists */
    int failure;            /* of a list that has to be current; X509_V_OK: none */
    int missed;             /* of one that would have helped */
};

/* Which reasons the list tells about the certificate: none if it is of another scope or of points
 * that are not the certificate's (6.3.3 (b) (2), (d)). */
unsigned crl_judge_reasons(const struct crl_image_view *view, const struct crl_list *list,
                           const struct crl_question *question);

enum crl_weight {
    CRL_DECIDES, /* the issuer's own: unless it is current, nobody is good */
    CRL_HELPS,   /* it may tell what the others do not */
};
/* Takes the list's word on those reasons. */
void crl_judge_add(struct crl_judging *judging, const struct crl_list *list, unsigned reasons,
                   enum crl_weight weight);

static inline bool crl_judge_covered(const struct crl_judging *judging)
{
    return (judging->covered & DIST_REASONS_ALL) == DIST_REASONS_ALL;
}

struct crl_finding crl_judge_end(struct crl_judging *judging);

#endif
