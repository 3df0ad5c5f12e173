/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/crl_question.h"

#include <assert.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/crl_set.h"

static bool has_own_name(const X509 *cert)
{
    return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
}

bool crl_question_self_issued(const STACK_OF(X509) * chain, int depth)
{
    return depth + 1 < sk_X509_num(chain) && has_own_name(sk_X509_value(chain, depth));
}

size_t crl_question_issuers(const STACK_OF(X509) * chain, int depth,
                            X509 *out[static CRL_ISSUERS_MAX])
{
    assert(depth >= 0 && depth < sk_X509_num(chain));
    int at = depth + 1 < sk_X509_num(chain) ? depth + 1 : depth;
    size_t n = 0;
    out[n++] = sk_X509_value(chain, at);
    while (n < CRL_ISSUERS_MAX && at > depth && crl_question_self_issued(chain, at)) {
        out[n++] = sk_X509_value(chain, ++at);
    }
    assert(n >= 1 && n <= CRL_ISSUERS_MAX);
    return n;
}

bool crl_question_of(const STACK_OF(X509) * chain, int depth, struct crl_question *out)
{
    X509 *issuers[CRL_ISSUERS_MAX] = {NULL};
    X509 *cert = sk_X509_value(chain, depth);
    out->issuers_n = crl_question_issuers(chain, depth, issuers);
    for (size_t i = 0; i < out->issuers_n; i++) {
        if (!crl_issuer_id(issuers[i], out->issuers[i])) {
            return false;
        }
    }
    out->serial_n = serial_octets(cert, out->serial).n;
    out->points_n = dist_points_of_cert(cert, out->points);
    out->is_ca = cert_is_authority(cert);
    out->is_anchor = depth + 1 == sk_X509_num(chain) && has_own_name(cert);
    return out->serial_n > 0;
}
