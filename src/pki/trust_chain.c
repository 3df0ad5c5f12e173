/* SPDX-License-Identifier: Apache-2.0 */
/* The chain behind a verdict, for those who have to ask about each of its certificates. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "pki/trust_set.h"

STACK_OF(X509) *
    trust_chain(const struct trust *trust, X509 *leaf, STACK_OF(X509) * sent, time_t now)
{
    STACK_OF(X509) *chain = NULL;
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    ERR_set_mark();
    if (ctx && X509_STORE_CTX_init(ctx, trust->store, leaf, sent) == 1 &&
        X509_STORE_CTX_set_default(ctx, trust->purpose == TRUST_CLIENTS ? "ssl_client"
                                                                        : "ssl_server") == 1) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        X509_VERIFY_PARAM_set_depth(param, (int)trust->depth);
        X509_VERIFY_PARAM_set_auth_level(param, trust->security_level);
        X509_VERIFY_PARAM_set_time(param, now);
        /* Whether one of them is revoked was judged, with the lists, by trust_verify. */
        X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
        if (X509_verify_cert(ctx) == 1) {
            chain = X509_STORE_CTX_get1_chain(ctx);
        }
    }
    X509_STORE_CTX_free(ctx);
    ERR_pop_to_mark();
    return chain;
}
