/* SPDX-License-Identifier: Apache-2.0 */
/* DER (X.690) as certificates and CRLs are made of it, and its signature. */
#ifndef CA_DER_WRITE_H
#define CA_DER_WRITE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

/* Tag and length (8.1.2, 8.1.3); the content is the caller's to append. */
void der_head(struct buf *out, unsigned char tag, size_t n);
void der_put(struct buf *out, unsigned char tag, struct str content);
/* RFC 5280, 4.1.2.5 and 5.1.2.4: UTCTime through 2049, then GeneralizedTime. */
void der_put_time(struct buf *out, int64_t t);

/* An Extension (4.1) whose OID is `number` below id-ce (2.5.29); `value` is what it says, in DER.
 */
void der_put_extension(struct buf *out, unsigned char number, bool critical, struct str value);

/*
 * The AlgorithmIdentifier that the key signs with: SHA-256, or SHA-384 for larger curves, or
 * Ed25519. False for other kinds of keys.
 */
MUST_CHECK bool der_put_algorithm(struct buf *out, const EVP_PKEY *key);
/* SEQUENCE { what is signed, algorithm, signature } (RFC 5280, 4.1 and 5.1), appended. */
MUST_CHECK bool der_sign(struct buf *out, EVP_PKEY *key, struct str tbs, struct error *err);

#endif
