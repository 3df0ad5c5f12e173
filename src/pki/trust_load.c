/* SPDX-License-Identifier: Apache-2.0 */
/* Building a trust set from files' bytes. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/asn1_time.h"
#include "pki/bundle.h"
#include "pki/trust_set.h"

static void *must(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

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

/* RFC 5280, 6.3.3 (g): a list that claims to be of our CA must bear its signature. */
static bool check_crl_signature(const struct trust *trust, X509_CRL *crl, const char *file,
                                struct error *err)
{
    bool known = false;
    for (int i = 0; i < sk_X509_num(trust->authorities); i++) {
        X509 *ca = sk_X509_value(trust->authorities, i);
        if (X509_NAME_cmp(X509_get_subject_name(ca), X509_CRL_get_issuer(crl)) != 0) {
            continue;
        }
        known = true;
        EVP_PKEY *key = X509_get0_pubkey(ca);
        if (key && X509_CRL_verify(crl, key) == 1) {
            ERR_clear_error();
            return true;
        }
    }
    ERR_clear_error();
    if (!known) {
        return true;
    }
    char name[256];
    X509_NAME_oneline(X509_CRL_get_issuer(crl), name, sizeof(name));
    return error_set(err, "CRL \"%s\": the list of \"%s\" is not signed by the key of that CA",
                     file, name);
}

static void add_list(struct trust *trust, X509_CRL *crl, const char *file)
{
    trust->lists =
        must(realloc(trust->lists, (trust->lists_n + 1) * sizeof(*trust->lists))); /* NOLINT */
    struct trust_list *list = &trust->lists[trust->lists_n++];
    *list = (struct trust_list){.crl = crl, .file = must(strdup(file))};
    if (!asn1_time_get(X509_CRL_get0_lastUpdate(crl), &list->from)) {
        list->from = 0;
    }
    if (!asn1_time_get(X509_CRL_get0_nextUpdate(crl), &list->until)) {
        list->until = 0;
    }
    /* A look-up sorts the list; better once here than under a lock in the first handshake. */
    X509_REVOKED *ignored;
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    if (serial && ASN1_INTEGER_set(serial, 1)) {
        X509_CRL_get0_by_serial(crl, &ignored, serial);
    }
    ASN1_INTEGER_free(serial);
}

static bool add_crls(struct trust *trust, const struct trust_source *source, struct error *err)
{
    STACK_OF(X509_CRL) *crls = must(sk_X509_CRL_new_null());
    bool ok = bundle_crls(source, crls, err);
    for (int i = 0; ok && i < sk_X509_CRL_num(crls); i++) {
        X509_CRL *crl = sk_X509_CRL_value(crls, i);
        ok = check_crl_signature(trust, crl, source->name, err);
        if (ok && X509_STORE_add_crl(trust->store, crl) != 1) {
            char reasons[SSL_ERRORS_MAX];
            ok = error_set(err, "cannot use list %d of CRL \"%s\"%s", i + 1, source->name,
                           ssl_errors(reasons));
        }
        if (ok) {
            add_list(trust, crl, source->name);
        }
    }
    sk_X509_CRL_pop_free(crls, X509_CRL_free);
    return ok;
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
    for (size_t i = 0; ok && i < trust->lists_n; i++) {
        ok = X509_CRL_digest(trust->lists[i].crl, trust->sha256, one, &n) == 1 &&
             EVP_DigestUpdate(md, one, n) == 1;
    }
    return ok;
}

static bool make_digest(struct trust *trust)
{
    /* The counts keep authorities and lists apart: all digests have the same length. */
    char head[128];
    int n = snprintf(head, sizeof(head), "trust 1 purpose %d depth %u level %d certs %d lists %zu;",
                     (int)trust->purpose, trust->depth, trust->security_level,
                     sk_X509_num(trust->authorities), trust->lists_n);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestInit_ex2(md, trust->sha256, NULL) == 1 &&
              EVP_DigestUpdate(md, head, (size_t)n) == 1 && digest_sources(md, trust) &&
              EVP_DigestFinal_ex(md, trust->digest, NULL) == 1;
    EVP_MD_CTX_free(md);
    return ok;
}

static bool fill(struct trust *trust, const struct trust_options *options, struct error *err)
{
    for (size_t i = 0; i < options->authorities_n; i++) {
        if (!add_authorities(trust, &options->authorities[i], err)) {
            return false;
        }
    }
    for (size_t i = 0; i < options->crls_n; i++) {
        if (!add_crls(trust, &options->crls[i], err)) {
            return false;
        }
    }
    if (options->crls_n) {
        X509_STORE_set_flags(trust->store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    return make_digest(trust) || error_set(err, "cannot compute a SHA-256 digest");
}

bool trust_new(const struct trust_options *options, struct trust **out, struct error *err)
{
    struct trust *trust = must(calloc(1, sizeof(*trust)));
    trust->purpose = options->purpose;
    trust->depth = options->depth;
    trust->security_level = options->security_level;
    trust->store = must(X509_STORE_new());
    trust->authorities = must(sk_X509_new_null());
    trust->sha256 = must(EVP_MD_fetch(NULL, "SHA256", NULL));
    trust->memo = memo_new();
    trust->pool = cert_pool_new();
    if (!fill(trust, options, err)) {
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
    cert_pool_free(trust->pool);
    memo_free(trust->memo);
    EVP_MD_free(trust->sha256);
    for (size_t i = 0; i < trust->lists_n; i++) {
        free(trust->lists[i].file);
    }
    free(trust->lists);
    sk_X509_pop_free(trust->authorities, X509_free);
    X509_STORE_free(trust->store);
    free(trust);
}

bool trust_ca_names(const struct trust_source *bundle, STACK_OF(X509_NAME) * *out,
                    struct error *err)
{
    STACK_OF(X509) *certs = must(sk_X509_new_null());
    STACK_OF(X509_NAME) *names = must(sk_X509_NAME_new_null());
    bool ok = bundle_certs(bundle, certs, err);
    for (int i = 0; ok && i < sk_X509_num(certs); i++) {
        X509_NAME *name = X509_get_subject_name(sk_X509_value(certs, i));
        bool again = false;
        for (int j = 0; !again && j < sk_X509_NAME_num(names); j++) {
            again = X509_NAME_cmp(name, sk_X509_NAME_value(names, j)) == 0;
        }
        if (!again) {
            sk_X509_NAME_push(names, must(X509_NAME_dup(name)));
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
