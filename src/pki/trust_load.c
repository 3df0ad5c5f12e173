/* SPDX-License-Identifier: Apache-2.0 */
/* Building a trust set from files' bytes. */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "pki/bundle.h"
#include "pki/trust_set.h"

/* Of certificates with their decoded keys, some 5 KB each. */
enum { CAS_KEPT = 64, LEAVES_KEPT = 1024 };

static bool add_authorities(struct trust *trust, const struct trust_source *source,
                            struct error *err)
{
    int from = sk_X509_num(trust->authorities);
    if (!bundle_certs(source, trust->authorities, err)) {
        return false;
    }
    for (int i = from; i < sk_X509_num(trust->authorities); i++) {
        X509 *cert = sk_X509_value(trust->authorities, i);
        /* Decoded now, not in the first handshake by whichever threads come first. */
        X509_check_purpose(cert, -1, 0);
        X509_get0_pubkey(cert);
        if (X509_STORE_add_cert(trust->store, cert) != 1) {
            char reasons[SSL_ERRORS_MAX];
            return error_set(err, "cannot use certificate %d of \"%s\"%s", i - from + 1,
                             source->name, ssl_errors(reasons));
        }
    }
    return true;
}

static bool digest_sources(EVP_MD_CTX *md, const struct trust *trust)
{
    unsigned char one[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool ok = true;
    for (int i = 0; ok && i < sk_X509_num(trust->authorities); i++) {
        ok = X509_digest(sk_X509_value(trust->authorities, i), trust->sha256, one, &n) == 1 &&
             EVP_DigestUpdate(md, one, n) == 1;
    }
    return ok;
}

static bool make_digest(struct trust *trust)
{
    /* The counts keep names and CAs apart: all digests have the same length. */
    char head[192];
    size_t name_n = trust->lists ? strlen(trust->lists_name) : 0;
    int n = snprintf(head, sizeof(head),
                     "trust 2 purpose %d depth %u level %d certs %d lists %d grace %lld name %zu;",
                     (int)trust->purpose, trust->depth, trust->security_level,
                     sk_X509_num(trust->authorities), trust->lists != NULL, (long long)trust->grace,
                     name_n);
    assert(n > 0 && (size_t)n < sizeof(head));
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestInit_ex2(md, trust->sha256, NULL) == 1 &&
              EVP_DigestUpdate(md, head, (size_t)n) == 1 &&
              EVP_DigestUpdate(md, trust->lists_name, name_n) == 1 && digest_sources(md, trust) &&
              EVP_DigestFinal_ex(md, trust->digest, NULL) == 1;
    EVP_MD_CTX_free(md);
    return ok;
}

static bool trust_load_fill(struct trust *trust, const struct trust_options *options,
                            struct error *err)
{
    for (size_t i = 0; i < options->authorities_n; i++) {
        if (!add_authorities(trust, &options->authorities[i], err)) {
            return false;
        }
    }
    return make_digest(trust) || error_set(err, "cannot compute a SHA-256 digest");
}

bool trust_new(const struct trust_options *options, struct trust **out, struct error *err)
{
    assert(options->purpose == TRUST_CLIENTS || options->purpose == TRUST_SERVERS);
    struct trust *trust = must_have(calloc(1, sizeof(*trust)));
    trust->purpose = options->purpose;
    trust->depth = options->depth;
    trust->security_level = options->security_level;
    trust->lists = options->lists;
    trust->lists_name = must_have(
        strndup(options->lists_name.p ? options->lists_name.p : "", options->lists_name.n));
    trust->grace = options->grace;
    trust->store = must_have(X509_STORE_new());
    trust_check_lists(trust->store);
    trust->authorities = must_have(sk_X509_new_null());
    trust->sha256 = must_have(EVP_MD_fetch(NULL, "SHA256", NULL));
    trust->memo = memo_new();
    trust->pool = cert_pool_new(CAS_KEPT);
    trust->leaves = cert_pool_new(LEAVES_KEPT);
    if (!trust_load_fill(trust, options, err)) {
        trust_free(trust);
        return false;
    }
    *out = trust;
    return true;
}

void trust_free(struct trust *trust)
{
    if (!trust) {
        return;
    }
    cert_pool_free(trust->leaves);
    cert_pool_free(trust->pool);
    memo_free(trust->memo);
    EVP_MD_free(trust->sha256);
    free(trust->lists_name);
    sk_X509_pop_free(trust->authorities, X509_free);
    X509_STORE_free(trust->store);
    free(trust);
}

bool trust_ca_names(const struct trust_source *bundle, STACK_OF(X509_NAME) * *out,
                    struct error *err)
{
    STACK_OF(X509) *certs = must_have(sk_X509_new_null());
    STACK_OF(X509_NAME) *names = must_have(sk_X509_NAME_new_null());
    bool ok = bundle_certs(bundle, certs, err);
    for (int i = 0; ok && i < sk_X509_num(certs); i++) {
        X509_NAME *name = X509_get_subject_name(sk_X509_value(certs, i));
        bool again = false;
        for (int j = 0; !again && j < sk_X509_NAME_num(names); j++) {
            again = X509_NAME_cmp(name, sk_X509_NAME_value(names, j)) == 0;
        }
        if (!again) {
            sk_X509_NAME_push(names, must_have(X509_NAME_dup(name)));
        }
    }
    sk_X509_pop_free(certs, X509_free);
    if (!ok) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return false;
    }
    *out = names;
    return true;
}
