/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate's numbers, digests and keys, in the forms of other tools. */
#ifndef PKI_CERT_FORMS_H
#define PKI_CERT_FORMS_H

#include <openssl/x509.h>

#include "base/arena.h"
#include "base/str.h"

/* All results are in the arena; empty if the field is missing or unreadable. */

/* The serial number as octets, "0F:E0:1B", and in decimal (empty beyond 64 octets: RFC 5280,
 * 4.1.2.2 allows 20). */
struct str cert_serial_octets(const X509 *cert, struct arena *arena);
struct str cert_serial_decimal(const X509 *cert, struct arena *arena);

/* SHA-256 of the certificate, lower-case hexadecimal. */
struct str cert_sha256(const X509 *cert, struct arena *arena);
enum { CERT_DIGEST_LEN = 32 };
/* SHA-256 of its SubjectPublicKeyInfo, over the bytes in the certificate, so that a key which
 * cannot be read has one too. */
bool cert_key_digest(const X509 *cert, unsigned char out[static CERT_DIGEST_LEN]);
/* "sha256//BASE64" of its SubjectPublicKeyInfo: curl's --pinnedpubkey; the pin of RFC 7469, 2.4. */
struct str cert_key_pin(const X509 *cert, struct arena *arena);

/* "RSA, 2048 bits", "EC P-256, 256 bits"; "ALGORITHM (unreadable key)" if OpenSSL cannot read
 * it. */
struct str cert_key_text(X509 *cert, struct arena *arena);
/* "ecdsa-with-SHA256". */
struct str cert_signature_text(const X509 *cert, struct arena *arena);

/* The key ids, "AB:CD:…" (RFC 5280, 4.2.1.1 and 4.2.1.2). */
struct str cert_key_id(X509 *cert, struct arena *arena);
struct str cert_authority_key_id(X509 *cert, struct arena *arena);

#endif
