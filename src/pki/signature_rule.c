/* SPDX-License-Identifier: Apache-2.0 */
/* The digests that an AlgorithmIdentifier names. */
#include "pki/signature_rule.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

enum { DIGEST_MIN = 28 }; /* bytes; SHA-1 and older have been broken */

static bool digest_counts(int nid, struct error *err)
{
    const EVP_MD *md = nid == NID_undef ? NULL : EVP_get_digestbynid(nid);
    if (!md) {
        return error_set(err, "its signature uses an unknown digest");
    }
    return EVP_MD_get_size(md) >= DIGEST_MIN ||
           error_set(err, "its signature uses a weak digest (%s)", OBJ_nid2sn(nid));
}

/* RFC 4055, 2.1: an absent algorithm is SHA-1. */
static int signature_rule_digest_of(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object = NULL;
    if (!algorithm) {
        return NID_sha1;
    }
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object);
}

/* The digest of the mask generation, MGF1 and no other: its parameter is an AlgorithmIdentifier. */
static int mask_digest_of(const X509_ALGOR *mask)
{
    const ASN1_OBJECT *object = NULL;
    const void *value = NULL;
    int type = V_ASN1_UNDEF;
    if (!mask) {
        return NID_sha1;
    }
    X509_ALGOR_get0(&object, &type, &value, mask);
    if (OBJ_obj2nid(object) != NID_mgf1 || type != V_ASN1_SEQUENCE) {
        return NID_undef;
    }
    X509_ALGOR *inner = ASN1_item_unpack(value, ASN1_ITEM_rptr(X509_ALGOR));
    int nid = inner ? signature_rule_digest_of(inner) : NID_undef;
    X509_ALGOR_free(inner);
    return nid;
}

static bool pss_counts(const X509_ALGOR *algorithm, struct error *err)
{
    const void *value = NULL;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    RSA_PSS_PARAMS *pss =
        type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS)) : NULL;
    bool ok = pss ? digest_counts(signature_rule_digest_of(pss->hashAlgorithm), err) &&
                        digest_counts(mask_digest_of(pss->maskGenAlgorithm), err)
                  : error_set(err, "its signature has malformed RSA-PSS parameters");
    RSA_PSS_PARAMS_free(pss);
    return ok;
}

bool signature_counts(const X509_ALGOR *algorithm, struct error *err)
{
    const ASN1_OBJECT *object = NULL;
    int digest = NID_undef;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    int nid = OBJ_obj2nid(object);
    ERR_set_mark();
    bool ok;
    if (nid == NID_ED25519 || nid == NID_ED448) {
        ok = true;
    } else if (nid == NID_rsassaPss) {
        ok = pss_counts(algorithm, err);
    } else if (OBJ_find_sigid_algs(nid, &digest, NULL)) {
        ok = digest_counts(digest, err);
    } else {
        ok = error_set(err, "its signature uses an unknown algorithm");
    }
    ERR_pop_to_mark();
    return ok;
}
