/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts behind a good verdict, without the certificates: the issuer, serial number and
 * distribution points (as digests, pki/crl_question.h) of each certificate in the chain, and the
 * time when the first of them expires. A connection and its session keep it, so that these few
 * bytes are enough to verify the client again later, or with newer CRLs.
 */
#ifndef PKI_PROOF_H
#define PKI_PROOF_H

#include <openssl/x509.h>
#include <time.h>

#include "base/str.h"
#include "pki/crl_set.h"
#include "pki/verdict.h"

struct proof; /* never changes; counts its references */

/* The proof of a verified chain: leaf first, a self-signed certificate last. NULL: OpenSSL
 * failed. */
struct proof *proof_new(const STACK_OF(X509) * verified);
struct proof *proof_ref(struct proof *proof);
void proof_unref(struct proof *proof); /* NULL is legal */

/* Whether the chain has more than the peer's certificate and the trusted one. */
bool proof_has_intermediates(const struct proof *proof);

/* The proof as bytes, borrowed; and a proof from bytes, NULL if they are not one. */
struct str proof_packed(const struct proof *proof);
struct proof *proof_unpack(struct str packed);

/*
 * The verdict now. It is bad if a certificate has expired, or, with `lists`, if a CRL is missing,
 * expired more than `grace` seconds ago, or revokes one of the certificates. In a good verdict
 * `until` is exact, never 0. `lists` NULL: no CRLs are required.
 */
struct verdict proof_judge(const struct proof *proof, const struct crl_set *lists, time_t grace,
                           time_t now);

#endif
