/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences behind verdict codes, and which of them optional_no_ca forgives. */
#include "pki/verdict.h"

#include <openssl/x509_vfy.h>

const char *verdict_reason(const struct verdict *verdict)
{
    switch (verdict->code) {
    /* nginx's own words where OpenSSL's would be others. */
    case X509_V_ERR_OCSP_VERIFY_FAILED: return "certificate status request failed";
    case X509_V_ERR_OCSP_CERT_UNKNOWN: return "certificate status unknown";
    default: return X509_verify_cert_error_string(verdict->code);
    }
}

const char *verdict_word(const struct verdict *verdict)
{
    static const struct {
        int code;
        const char *word;
    } WORDS[] = {
        {X509_V_ERR_CERT_HAS_EXPIRED, "expired"},
        {X509_V_ERR_CERT_NOT_YET_VALID, "not-yet-valid"},
        {X509_V_ERR_CERT_REVOKED, "revoked"},
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "self-signed"},
        {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "unknown-ca"},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "unknown-ca"},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "unknown-ca"},
        {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "unknown-ca"},
        {X509_V_ERR_CERT_SIGNATURE_FAILURE, "bad-signature"},
        {X509_V_ERR_INVALID_PURPOSE, "wrong-usage"},
        {X509_V_ERR_INVALID_CA, "not-a-ca"},
        {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, "not-a-ca"},
        {X509_V_ERR_CERT_CHAIN_TOO_LONG, "chain-too-long"},
        {X509_V_ERR_PATH_LENGTH_EXCEEDED, "chain-too-long"},
        {X509_V_ERR_UNABLE_TO_GET_CRL, "no-crl"},
        {X509_V_ERR_CRL_HAS_EXPIRED, "crl-expired"},
        {X509_V_ERR_CRL_NOT_YET_VALID, "crl-not-yet-valid"},
        {X509_V_ERR_EE_KEY_TOO_SMALL, "weak"},
        {X509_V_ERR_CA_KEY_TOO_SMALL, "weak"},
        {X509_V_ERR_CA_MD_TOO_WEAK, "weak"},
        {X509_V_ERR_OCSP_VERIFY_FAILED, "ocsp-failed"},
        {X509_V_ERR_OCSP_CERT_UNKNOWN, "ocsp-unknown"},
    };
    if (verdict->status != VERDICT_BAD) {
        return verdict->status == VERDICT_GOOD ? "" : "no-certificate";
    }
    for (size_t i = 0; i < COUNT_OF(WORDS); i++) {
        if (WORDS[i].code == verdict->code) {
            return WORDS[i].word;
        }
    }
    return "invalid";
}

bool verdict_only_unknown_ca(const struct verdict *verdict)
{
    switch (verdict->code) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return verdict->status == VERDICT_BAD;
    default: return false;
    }
}

struct str verdict_text(const struct verdict *verdict, struct arena *arena)
{
    switch (verdict->status) {
    case VERDICT_NO_CERTIFICATE: return STR("NONE");
    case VERDICT_GOOD: return STR("SUCCESS");
    case VERDICT_BAD: break;
    }
    return arena_printf(arena, "FAILED:%s", verdict_reason(verdict));
}
