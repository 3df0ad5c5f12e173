/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of CRLs, checked from the digest that was made while they were read. */
#include "pki/crl_signature.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>

int crl_signature_digest(int nid)
{
    int digest = NID_undef;
    int key = NID_undef;
    if (!OBJ_find_sigid_algs(nid, &digest, &key)) {
        return NID_undef;
    }
    bool plain = key == NID_rsaEncryption || key == NID_X9_62_id_ecPublicKey || key == NID_dsa;
    return plain ? digest : NID_undef;
}

bool crl_signature_check(const struct crl_signature *signature, EVP_PKEY *key)
{
    int digest = NID_undef;
    int type = NID_undef;
    if (!key || !OBJ_find_sigid_algs(signature->nid, &digest, &type) ||
        EVP_PKEY_type(type) != EVP_PKEY_get_base_id(key)) {
        return false;
    }
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool good =
        ctx && EVP_PKEY_verify_init(ctx) == 1 &&
        EVP_PKEY_CTX_set_signature_md(ctx, EVP_get_digestbynid(digest)) == 1 &&
        EVP_PKEY_verify(ctx, (const unsigned char *)signature->octets.p, signature->octets.n,
                        (const unsigned char *)signature->digest.p, signature->digest.n) == 1;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return good;
}

bool crl_authority_fits(const X509 *authority, const X509_NAME *issuer, struct str key_id)
{
    if (X509_NAME_cmp(X509_get_subject_name(authority), issuer) != 0) {
        return false;
    }
    const ASN1_OCTET_STRING *own = X509_get0_subject_key_id((X509 *)(uintptr_t)authority);
    return !own || !key_id.n ||
           str_eq(key_id, (struct str){(const char *)ASN1_STRING_get0_data(own),
                                       (size_t)ASN1_STRING_length(own)});
}

bool crl_authority_signs(X509 *authority)
{
    return (X509_get_key_usage(authority) & KU_CRL_SIGN) != 0;
}
