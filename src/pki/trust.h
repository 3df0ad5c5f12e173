/* SPDX-License-Identifier: Apache-2.0 */
/* A set of trusted CAs with their CRLs, and the function that verifies a chain. */
#ifndef PKI_TRUST_H
#define PKI_TRUST_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "base/str.h"
#include "pki/crl_slot.h"
#include "pki/proof.h"
#include "pki/verdict.h"

enum trust_purpose { TRUST_CLIENTS, TRUST_SERVERS };

/* A file's content, with its name for messages. */
struct trust_source {
    const char *name;
    struct str pem;
};

struct trust_options {
    enum trust_purpose purpose;
    const struct trust_source
        *authorities; /* PEM bundles; each must hold at least one certificate */
    size_t authorities_n;
    struct crl_slot *lists; /* borrowed, outlives the trust; NULL: no CRLs are required. Else
                               every CA of a chain needs a current CRL */
    struct str lists_name;  /* the files of the CRLs, as one text */
    time_t grace;           /* ssl_crl_stale: how long after its nextUpdate a CRL is accepted */
    unsigned depth;         /* ssl_verify_depth: how many intermediates, in OpenSSL's counting */
    int security_level;     /* of the SSL_CTX: which weak keys and digests are rejected */
};

struct trust; /* immutable except for the slot's contents; used by all threads */

/* Builds the set. A PEM block that does not parse, or a file without a certificate, is an error
 * that names file and block. */
MUST_CHECK bool trust_new(const struct trust_options *options, struct trust **out,
                          struct error *err);
void trust_free(struct trust *trust);

/*
 * Verifies a certificate chain; nothing else does. `chain` (may be NULL) is what the peer sent,
 * with or without the leaf. `host` (may be NULL) is the name that a server certificate must have: a
 * DNS name or an IP address, RFC 6125. The result depends only on the arguments, the set and the
 * CRLs in force; validity is checked at `now`. `proof` (may be NULL) receives the proof of a good
 * verdict, a reference that the caller owns, else NULL.
 */
struct verdict trust_verify(const struct trust *trust, X509 *leaf, STACK_OF(X509) * chain,
                            const char *host, time_t now, struct proof **proof);

/*
 * The same for the certificates that a client sent, leaf first. Replaces certificates in that stack
 * by equal ones (SHA-256 of their bytes) of earlier good chains, and certificates without a key
 * (library_handshakes) by equal ones with a key, unless it cannot be decoded. `verified` (may be
 * NULL) receives the chain of a good verdict, from the leaf to the trusted certificate: a new stack
 * with its own references, else NULL.
 */
struct verdict trust_verify_client(const struct trust *trust, STACK_OF(X509) * chain, time_t now,
                                   struct proof **proof, STACK_OF(X509) * *verified);

/* Verifies the peer of the proof again, by the CRLs in force now. */
struct verdict trust_judge_again(const struct trust *trust, const struct proof *proof, time_t now);

/* Rises when other CRLs come into force; always 0 if none are required. */
uint64_t trust_lists_serial(const struct trust *trust);
/* SHA-256 over the CRLs in force; zeros if none are required. */
void trust_lists_digest(const struct trust *trust, unsigned char out[static CRL_ID_LEN]);
/* The CA certificates, borrowed. */
const STACK_OF(X509) * trust_authorities(const struct trust *trust);

unsigned trust_depth(const struct trust *trust); /* as in the options */
time_t trust_grace(const struct trust *trust);   /* as in the options */
/* The CRLs in force, a reference that the caller owns; NULL: none are required. */
struct crl_set *trust_crls(const struct trust *trust);
/*
 * Tells the CRLs that count for certificates of this CA: each for a distribution point, and of
 * those for all points the one that expires last. Returns how many it told.
 */
size_t trust_crls_of(const struct crl_set *lists, X509 *ca, time_t now,
                     void (*tell)(void *arg, const struct crl_facts *crl), void *arg);

/*
 * SHA-256 over all requirements: CAs, CRL files and grace, depth, purpose, security level. Sets
 * with the same digest give the same verdicts as long as their CRLs are the same.
 */
enum { TRUST_DIGEST_LEN = 32 };
const unsigned char *trust_digest(const struct trust *trust);

/*
 * Reports which CRLs make yett reject clients, now or soon. Calls `say` with a sentence that names
 * the CA's subject, the file and the date: for each CA of the set without a CRL, or with one that
 * has expired, is not yet valid or expires soon (also each for distribution points); for a CA that
 * no CRL of its issuer covers; and for CRLs of no CA in the set. Returns the number of sentences.
 */
size_t trust_report(const struct trust *trust, time_t now, void (*say)(void *arg, const char *text),
                    void *arg);

/* Text to add to a sentence about a verdict on that leaf: `, distribution point: "http://…"` if a
 * CRL is missing and the leaf names a point for it; else "". Returns `out`. */
enum { TRUST_POINT_MAX = 320 };
const char *trust_verdict_point(const struct verdict *verdict, X509 *leaf,
                                char out[static TRUST_POINT_MAX]);

/* The subject names of the certificates in the file, for the CertificateRequest. The caller owns
 * them (SSL_CTX_set_client_CA_list takes them). */
MUST_CHECK bool trust_ca_names(const struct trust_source *bundle, STACK_OF(X509_NAME) * *out,
                               struct error *err);

#endif
