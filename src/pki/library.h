/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL library contexts that offer less than the default one, and cost less for it.
 *
 * OpenSSL 3.0 decodes the key of each certificate that a peer sends as soon as it has the bytes,
 * and looks through all its methods for each: that is a third of a handshake. The algorithms here
 * are the default provider's own; only which of them are on offer differs.
 */
#ifndef PKI_LIBRARY_H
#define PKI_LIBRARY_H

#include <openssl/crypto.h>
#include <stdbool.h>

/*
 * Both live as long as the process, and are NULL, which is OpenSSL's default context, where there
 * is nothing to gain (OpenSSL 3.2 keeps decoders it has found), or where the system's administrator
 * has chosen providers or properties in openssl.cnf: that choice holds.
 */

/*
 * For a server's SSL_CTX. It decodes no keys: a certificate that a peer sends has none until its
 * equal, decoded under library_certificates, takes its place (X509_get0_pubkey is NULL, so that no
 * handshake succeeds otherwise). EC keys of a peer are checked as RFC 8446, 4.2.8.2 asks for.
 */
OSSL_LIB_CTX *library_handshakes(void);

/* For certificates: decodes keys in certificates and no others. */
OSSL_LIB_CTX *library_certificates(void);

#endif
