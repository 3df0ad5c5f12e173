/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/identity.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/vec.h"
#include "pki/cert.h"
#include "pki/cert_forms.h"

enum { OID_MAX = 128 };

static void oid_add(struct str **items, size_t *n, const ASN1_OBJECT *oid, struct arena *arena)
{
    char text[OID_MAX];
    int length = OBJ_obj2txt(text, sizeof(text), oid, 1);
    if (length > 0 && length < OID_MAX) { /* a longer one equals none that a rule can name */
        struct str *slot = vec_push(arena, items, n, sizeof(*slot));
        *slot = arena_dup(arena, str_of(text));
    }
}

static void read_policies(const X509 *cert, struct identity *identity, struct arena *arena)
{
    bool ok;
    CERTIFICATEPOLICIES *policies = cert_extension(cert, NID_certificate_policies, &ok);
    identity->malformed |= !ok;
    for (int i = 0; i < sk_POLICYINFO_num(policies); i++) {
        oid_add(&identity->policies, &identity->policies_n,
                sk_POLICYINFO_value(policies, i)->policyid, arena);
    }
    CERTIFICATEPOLICIES_free(policies);
}

static void read_uses(const X509 *cert, struct identity *identity, struct arena *arena)
{
    bool ok;
    EXTENDED_KEY_USAGE *uses = cert_extension(cert, NID_ext_key_usage, &ok);
    identity->malformed |= !ok;
    for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++) {
        oid_add(&identity->uses, &identity->uses_n, sk_ASN1_OBJECT_value(uses, i), arena);
    }
    EXTENDED_KEY_USAGE_free(uses);
}

struct identity *identity_of(X509 *cert, struct arena *arena)
{
    assert(cert);
    struct identity *identity = arena_zalloc(arena, sizeof(*identity));
    identity->subject = cert_attributes(X509_get_subject_name(cert), arena);
    identity->issuer = cert_attributes(X509_get_issuer_name(cert), arena);
    identity->serial = cert_serial(cert, arena);
    identity->malformed = !cert_alternative_names(cert, arena, &identity->alternatives) ||
                          X509_digest(cert, EVP_sha256(), identity->certificate, NULL) != 1 ||
                          !cert_key_digest(cert, identity->key);
    read_policies(cert, identity, arena);
    read_uses(cert, identity, arena);
    identity->sieve = sieve_of_certificate(identity, arena);
    ERR_clear_error();
    return identity;
}
