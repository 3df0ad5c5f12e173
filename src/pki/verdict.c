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
