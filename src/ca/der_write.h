/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and signs DER (X.690) for certificates and CRLs. */
#ifndef CA_DER_WRITE_H
#define CA_DER_WRITE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

/* Appends tag and length (8.1.2, 8.1.3); the caller appends the content. */
void der_head(struct buf *out, unsigned char tag, size_t n);
void der_put(struct buf *out, unsigned char tag, struct str content);
/* UTCTime through 2049, then GeneralizedTime (RFC 5280, 4.1.2.5 and 5.1.2.4). */
void der_put_time(struct buf *out, int64_t t);

/* An Extension (4.1) with the OID `number` below id-ce (2.5.29); `value` is its content in DER. */
void der_put_extension(struct buf *out, unsigned char number, bool critical, struct str value);

/*
 * The AlgorithmIdentifier of the key's signatures: with SHA-256, or SHA-384 for larger curves, or
 * Ed25519. False: another kind of key.
 */
MUST_CHECK bool der_put_algorithm(struct buf *out, const EVP_PKEY *key);
/* Appends SEQUENCE { tbs, algorithm, signature } (RFC 5280, 4.1 and 5.1). */
MUST_CHECK bool der_sign(struct buf *out, EVP_PKEY *key, struct str tbs, struct error *err);

#endif
