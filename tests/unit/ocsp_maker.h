/* SPDX-License-Identifier: Apache-2.0 */
/* An OCSP responder's answers, right ones and wrong ones, made with OpenSSL. */
#ifndef TESTS_OCSP_MAKER_H
#define TESTS_OCSP_MAKER_H

#include <openssl/ocsp.h>

#include "certs.h"

struct test_ocsp {
    const struct test_pair *cert, *issuer; /* whom the answer is about */
    const struct test_pair *signer;        /* NULL: the issuer */
    const struct test_pair *sent;          /* whose certificate is sent along; NULL: the signer's */
    int response;                          /* OCSP_RESPONSE_STATUS_… */
    int status;                            /* V_OCSP_CERTSTATUS_… */
    long from;                             /* seconds from now; 0: a minute ago */
    long until;                            /* seconds from now; 0: an hour; OCSP_NO_END: not said */
    const EVP_MD *id_md;                   /* of the CertID; NULL: SHA-1 */
    const EVP_MD *md;                      /* of the signature; NULL: SHA-256 */
    const EVP_MD *pss;                     /* RSA-PSS with this digest for both uses */
    const EVP_MD *pss_mask;                /* of its mask generation, if it is another */
    bool twice;                            /* the same answer two times */
    bool by_key;                           /* the responder names itself by its key */
    int critical;                          /* an unknown critical extension; 1: of the response, 2:
                                              of the answer */
};

enum { OCSP_NO_END = -1000000000 };

static inline void test_ocsp_single(OCSP_BASICRESP *basic, const struct test_ocsp *spec)
{
    ASN1_TIME *from = X509_gmtime_adj(NULL, spec->from ? spec->from : -60);
    ASN1_TIME *until = X509_gmtime_adj(NULL, spec->until ? spec->until : 3600);
    ASN1_TIME *revoked = X509_gmtime_adj(NULL, -1800);
    OCSP_CERTID *id = OCSP_cert_to_id(spec->id_md ? spec->id_md : EVP_sha1(), spec->cert->cert,
                                      spec->issuer->cert);
    OCSP_SINGLERESP *single =
        OCSP_basic_add1_status(basic, id, spec->status, OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked,
                               from, spec->until == OCSP_NO_END ? NULL : until);
    assert(single);
    if (spec->critical) {
        ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.55555.9", 1);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 2);
        X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
        if (spec->critical == 1) {
            OCSP_BASICRESP_add_ext(basic, ext, -1);
        } else {
            OCSP_SINGLERESP_add_ext(single, ext, -1);
        }
        X509_EXTENSION_free(ext);
        ASN1_OCTET_STRING_free(value);
        ASN1_OBJECT_free(oid);
    }
    OCSP_CERTID_free(id);
    ASN1_TIME_free(revoked);
    ASN1_TIME_free(until);
    ASN1_TIME_free(from);
}

/* DER; free(3) the pointer. */
static inline struct str test_ocsp_response(struct test_ocsp spec)
{
    OCSP_BASICRESP *basic = NULL;
    if (spec.response == OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        const struct test_pair *signer = spec.signer ? spec.signer : spec.issuer;
        const struct test_pair *sent = spec.sent ? spec.sent : signer;
        basic = OCSP_BASICRESP_new();
        test_ocsp_single(basic, &spec);
        if (spec.twice) {
            test_ocsp_single(basic, &spec);
        }
        STACK_OF(X509) *along = sk_X509_new_null();
        sk_X509_push(along, sent->cert);
        unsigned long flags = OCSP_NOCERTS | (spec.by_key ? OCSP_RESPID_KEY : 0);
        OCSP_basic_add1_cert(basic, sent->cert);
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        EVP_PKEY_CTX *key_ctx = NULL;
        const EVP_MD *md = spec.pss ? spec.pss : spec.md ? spec.md : EVP_sha256();
        int ok = EVP_DigestSignInit(ctx, &key_ctx, md, NULL, signer->key) == 1 &&
                 (!spec.pss || EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING) == 1) &&
                 (!spec.pss_mask || EVP_PKEY_CTX_set_rsa_mgf1_md(key_ctx, spec.pss_mask) == 1) &&
                 OCSP_basic_sign_ctx(basic, signer->cert, ctx, along, flags) == 1;
        assert(ok);
        EVP_MD_CTX_free(ctx);
        sk_X509_free(along);
    }
    OCSP_RESPONSE *whole = OCSP_response_create(spec.response, basic);
    unsigned char *der = NULL;
    int n = i2d_OCSP_RESPONSE(whole, &der);
    assert(n > 0);
    char *copy = malloc((size_t)n);
    memcpy(copy, der, (size_t)n);
    OPENSSL_free(der);
    OCSP_RESPONSE_free(whole);
    OCSP_BASICRESP_free(basic);
    return (struct str){copy, (size_t)n};
}

#endif
