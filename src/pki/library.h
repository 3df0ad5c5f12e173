/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL library contexts that offer less than the default one, and cost less for it.
 *
 * OpenSSL 3.0 decodes the key of each certificate that a peer sends as soon as it has the bytes,
 * and looks through all its methods for each: that is a third of a handshake. The algorithms here
 * are the default provider's own; only which of them are on offer differs.
 *
 * This is for OpenSSL 3.0 and 3.1 and goes when the support of Debian 12 ends, in June 2028: remove
 * this header, library.c and meson's option lean_provider, and pass NULL for the contexts. Builds
 * without the option (meson's default with OpenSSL 3.2 or later) are as if that had been done.
 */
#ifndef PKI_LIBRARY_H
#define PKI_LIBRARY_H

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef YETT_LEAN_PROVIDER
enum { LIBRARY_IS_LEAN = true };
OSSL_LIB_CTX *library_lean_handshakes(void);
OSSL_LIB_CTX *library_lean_certificates(void);
#else
enum { LIBRARY_IS_LEAN = false };
#define library_lean_handshakes()   NULL
#define library_lean_certificates() NULL
#endif

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
static inline OSSL_LIB_CTX *library_handshakes(void)
{
    return library_lean_handshakes();
}

/* For certificates: decodes keys in certificates and no others. */
static inline OSSL_LIB_CTX *library_certificates(void)
{
    return library_lean_certificates();
}

#endif
