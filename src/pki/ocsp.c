/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to OCSP responders and their answers. */
#include "pki/ocsp.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "pki/asn1_time.h"
#include "pki/bundle.h"
#include "pki/dn.h"
#include "pki/signature_rule.h"

enum {
    AUTH_LEVEL = 1, /* of a responder's own certificate: 80 bits, no SHA-1 */
};

static bool ocsp_fail(struct error *err, const char *what)
{
    char reasons[SSL_ERRORS_MAX];
    return error_set(err, "%s%s", what, ssl_errors(reasons));
}

/* --- asking --- */

static OCSP_REQUEST *make_request(X509 *cert, X509 *issuer)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert, issuer);
    if (!request || !id || !OCSP_request_add0_id(request, id)) {
        OCSP_CERTID_free(id);
        OCSP_REQUEST_free(request);
        return NULL;
    }
    return request;
}

bool ocsp_request(X509 *cert, X509 *issuer, struct arena *arena, struct str *out, struct error *err)
{
    unsigned char *der = NULL;
    ERR_clear_error();
    OCSP_REQUEST *request = make_request(cert, issuer);
    int n = request ? i2d_OCSP_REQUEST(request, &der) : -1;
    OCSP_REQUEST_free(request);
    if (n <= 0) {
        return ocsp_fail(err, "cannot make an OCSP request");
    }
    *out = arena_dup(arena, (struct str){(char *)der, (size_t)n});
    OPENSSL_free(der);
    return true;
}

bool ocsp_responder(X509 *cert, struct arena *arena, struct str *url, struct error *err)
{
    STACK_OF(OPENSSL_STRING) *urls = X509_get1_ocsp(cert);
    int n = sk_OPENSSL_STRING_num(urls);
    (void)error_set(err, "no OCSP responder URL in the certificate");
    url->n = 0;
    for (int i = 0; i < n && !url->n; i++) {
        struct str one = str_of(sk_OPENSSL_STRING_value(urls, i));
        if (str_istarts(one, STR("http://"))) {
            *url = arena_dup(arena, one);
        } else if (i == 0) {
            (void)error_set(err, "invalid URL prefix in OCSP responder \"%.*s\" in the certificate",
                            STR_ARG(one));
        }
    }
    X509_email_free(urls);
    ERR_clear_error();
    return url->n > 0;
}

/* --- the one answer --- */

/* A CertID is told by the digest that the responder chose (RFC 6960, 4.1.1). */
static bool is_about(OCSP_SINGLERESP *single, X509 *cert, X509 *issuer)
{
    /* Not const: OpenSSL's getters ask for it so. */
    OCSP_CERTID *id = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single);
    ASN1_OBJECT *algorithm = NULL;
    if (OCSP_id_get0_info(NULL, &algorithm, NULL, NULL, id) != 1) {
        return false;
    }
    const EVP_MD *md = EVP_get_digestbyobj(algorithm);
    OCSP_CERTID *ours = md ? OCSP_cert_to_id(md, cert, issuer) : NULL;
    bool same = ours && OCSP_id_cmp(ours, id) == 0;
    OCSP_CERTID_free(ours);
    return same;
}

/* The answer about the certificate. Two are none: one of them may be the older one. */
static OCSP_SINGLERESP *find_single(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer,
                                    struct error *err)
{
    OCSP_SINGLERESP *found = NULL;
    int n = OCSP_resp_count(basic);
    for (int i = 0; i < n; i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        if (!is_about(single, cert, issuer)) {
            continue;
        }
        if (found) {
            (void)error_set(err, "the OCSP response has two answers about the certificate");
            return NULL;
        }
        found = single;
    }
    if (!found) {
        (void)error_set(err, "certificate status not found in the OCSP response");
    }
    return found;
}

/* RFC 6960, 4.4: none of those that we know may be critical; one that we do not know counts. */
static bool no_critical(OCSP_BASICRESP *basic, OCSP_SINGLERESP *single, struct error *err)
{
    if (OCSP_BASICRESP_get_ext_by_critical(basic, 1, -1) >= 0 ||
        OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0) {
        return error_set(err, "the OCSP response has an unknown critical extension");
    }
    return true;
}

static bool read_single(OCSP_SINGLERESP *single, struct ocsp_answer *out, struct error *err)
{
    static const enum ocsp_status STATUS[] = {
        [V_OCSP_CERTSTATUS_GOOD] = OCSP_GOOD,
        [V_OCSP_CERTSTATUS_REVOKED] = OCSP_REVOKED,
        [V_OCSP_CERTSTATUS_UNKNOWN] = OCSP_UNKNOWN,
    };
    ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
    int reason = -1;
    int status = OCSP_single_get0_status(single, &reason, &revoked, &this_update, &next_update);
    if (status < 0 || (size_t)status >= COUNT_OF(STATUS)) {
        return error_set(err, "the OCSP response has no status");
    }
    *out = (struct ocsp_answer){.status = STATUS[status], .reason = reason};
    if (!asn1_time_get(this_update, &out->this_update) ||
        (next_update && !asn1_time_get(next_update, &out->next_update)) ||
        (out->status == OCSP_REVOKED && !asn1_time_get(revoked, &out->revoked))) {
        return error_set(err, "the OCSP response has an unreadable date");
    }
    if (next_update && (out->next_update < out->this_update || out->next_update <= 0)) {
        return error_set(err, "the OCSP response has a nextUpdate before its thisUpdate");
    }
    return true;
}

/* --- who signed it --- */

static bool same_key(const X509 *a, const X509 *b)
{
    EVP_PKEY *x = X509_get0_pubkey(a), *y = X509_get0_pubkey(b);
    return x && y && EVP_PKEY_eq(x, y) == 1;
}

static X509_STORE *store_of(const STACK_OF(X509) * certs)
{
    X509_STORE *store = X509_STORE_new();
    for (int i = 0; store && i < sk_X509_num(certs); i++) {
        if (X509_STORE_add_cert(store, sk_X509_value(certs, i)) != 1) {
            X509_STORE_free(store);
            return NULL;
        }
    }
    return store;
}

/* Whether the certificate has a chain to one of `trusted`, each of which is an end of its own. */
static int chain_code(X509 *cert, STACK_OF(X509) * others, const STACK_OF(X509) * trusted,
                      int depth, time_t at)
{
    int code = X509_V_ERR_OUT_OF_MEM;
    X509_STORE *store = store_of(trusted);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (store && ctx && X509_STORE_CTX_init(ctx, store, cert, others) == 1) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
        X509_VERIFY_PARAM_set_depth(param, depth);
        X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
        X509_VERIFY_PARAM_set_time(param, at);
        int ok = X509_verify_cert(ctx);
        code = X509_STORE_CTX_get_error(ctx);
        code = ok == 1 || code != X509_V_OK ? code : X509_V_ERR_UNSPECIFIED;
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
    return code;
}

/*
 * RFC 6960, 4.2.2.2: the CA itself issued the responder's certificate, with id-kp-OCSPSigning in
 * its extended key usage; anyExtendedKeyUsage does not do.
 */
static bool check_delegate(X509 *signer, X509 *issuer, time_t at, struct error *err)
{
    char name[DN_SHORT_MAX];
    dn_short(X509_get_subject_name(signer), name);
    bool for_it = X509_get_extension_flags(signer) & EXFLAG_XKUSAGE &&
                  X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN &&
                  X509_get_key_usage(signer) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION);
    if (!for_it) {
        return error_set(err,
                         "the OCSP response is signed by \"%s\", whose certificate does not allow "
                         "OCSP signing",
                         name);
    }
    STACK_OF(X509) *anchor = sk_X509_new_null();
    bool pushed = anchor && sk_X509_push(anchor, issuer) > 0;
    int code = pushed ? chain_code(signer, NULL, anchor, 0, at) : X509_V_ERR_OUT_OF_MEM;
    sk_X509_free(anchor);
    return code == X509_V_OK ||
           error_set(err,
                     "the OCSP response is signed by \"%s\", whose certificate cannot be verified "
                     "against the issuer (%d: %s)",
                     name, code, X509_verify_cert_error_string(code));
}

static bool check_signer(OCSP_BASICRESP *basic, STACK_OF(X509) * issuers, time_t at,
                         struct error *err)
{
    X509 *signer = NULL;
    X509 *issuer = sk_X509_value(issuers, 0);
    if (OCSP_resp_get0_signer(basic, &signer, issuers) != 1 || !signer) {
        return ocsp_fail(
            err, "the OCSP response is signed by neither the issuer nor a certificate in it");
    }
    /* The signature alone: the signer is checked here, more strictly than OpenSSL does. */
    if (OCSP_basic_verify(basic, issuers, NULL, OCSP_NOVERIFY) != 1) {
        return ocsp_fail(err, "OCSP_basic_verify() failed");
    }
    return (signature_counts(OCSP_resp_get0_tbs_sigalg(basic), err) ||
            error_prefix(err, "the OCSP response")) &&
           (same_key(signer, issuer) || check_delegate(signer, issuer, at, err));
}

/* --- the whole --- */

static OCSP_BASICRESP *ocsp_parse(struct str response, struct error *err)
{
    const unsigned char *p = (const unsigned char *)response.p;
    if (!response.n || response.n > OCSP_ANSWER_MAX) {
        (void)error_set(err, "the OCSP response is %s", response.n ? "too long" : "empty");
        return NULL;
    }
    OCSP_RESPONSE *whole = d2i_OCSP_RESPONSE(NULL, &p, (long)response.n);
    if (!whole || p != (const unsigned char *)response.p + response.n) {
        OCSP_RESPONSE_free(whole);
        (void)ocsp_fail(err, "d2i_OCSP_RESPONSE() failed: not an OCSP response");
        return NULL;
    }
    OCSP_BASICRESP *basic = NULL;
    int status = OCSP_response_status(whole);
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        (void)error_set(err, "OCSP response not successful (%d: %s)", status,
                        OCSP_response_status_str(status));
    } else {
        basic = OCSP_response_get1_basic(whole);
        if (!basic) {
            (void)ocsp_fail(err, "OCSP_response_get1_basic() failed");
        }
    }
    OCSP_RESPONSE_free(whole);
    return basic;
}

static bool read_basic(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer, time_t at,
                       struct ocsp_answer *out, struct error *err)
{
    OCSP_SINGLERESP *single = find_single(basic, cert, issuer, err);
    if (!single || !no_critical(basic, single, err) || !read_single(single, out, err)) {
        return false;
    }
    STACK_OF(X509) *issuers = sk_X509_new_null();
    bool ok = issuers && sk_X509_push(issuers, issuer) > 0
                  ? check_signer(basic, issuers, at ? at : out->this_update, err)
                  : error_set(err, "out of memory");
    sk_X509_free(issuers);
    return ok;
}

bool ocsp_read(struct str response, X509 *cert, X509 *issuer, time_t at, struct ocsp_answer *out,
               struct error *err)
{
    assert(cert && issuer);
    struct ocsp_answer answer = {OCSP_UNKNOWN, -1, 0, 0, 0};
    ERR_clear_error();
    OCSP_BASICRESP *basic = ocsp_parse(response, err);
    bool ok = basic && read_basic(basic, cert, issuer, at, &answer, err);
    OCSP_BASICRESP_free(basic);
    ERR_clear_error();
    if (!ok) {
        answer = (struct ocsp_answer){OCSP_UNKNOWN, -1, 0, 0, 0};
    }
    *out = answer;
    return ok;
}

bool ocsp_is_current(const struct ocsp_answer *answer, time_t now, struct error *err)
{
    if (answer->this_update > now + OCSP_SKEW_S) {
        return error_set(err, "the OCSP response is not yet valid");
    }
    if (answer->next_update ? answer->next_update < now - OCSP_SKEW_S
                            : answer->this_update < now - OCSP_SKEW_S) {
        return error_set(err, answer->next_update
                                  ? "the OCSP response has expired"
                                  : "the OCSP response is old and has no nextUpdate");
    }
    return true;
}

bool ocsp_judge(struct str response, X509 *cert, X509 *issuer, time_t now, struct ocsp_answer *out,
                struct error *err)
{
    struct ocsp_answer answer;
    *out = (struct ocsp_answer){OCSP_UNKNOWN, -1, 0, 0, 0};
    if (!ocsp_read(response, cert, issuer, now, &answer, err) ||
        !ocsp_is_current(&answer, now, err)) {
        return false;
    }
    *out = answer;
    return true;
}

time_t ocsp_until(const struct ocsp_answer *answer, time_t now)
{
    return answer->next_update >= now ? answer->next_update : 0;
}

bool ocsp_issuer_trusted(X509 *issuer, STACK_OF(X509) * others, const STACK_OF(X509) * trusted,
                         time_t now)
{
    enum { DEPTH_MAX = 100 };
    return chain_code(issuer, others, trusted, DEPTH_MAX, now) == X509_V_OK;
}

const char *ocsp_reason_text(int reason)
{
    return reason < 0 ? "unspecified" : OCSP_crl_reason_str(reason);
}
