/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL library contexts that offer fewer algorithms than the default one, and are faster.
 *
 * OpenSSL 3.0 decodes the key of each certificate that a peer sends, and searches all its methods
 * for each key. This takes a third of a handshake. The algorithms here are those of the default
 * provider; these contexts only offer fewer of them.
 *
 * This is for OpenSSL 3.0 and 3.1, until the support of Debian 12 ends in June 2028: then remove
 * this header, library.c and meson's option lean_provider, and pass NULL for the contexts. Builds
 * without the option (meson's default with OpenSSL 3.2 or later) already do so.
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
 * Both contexts live as long as the process. They are NULL (OpenSSL's default context) if they
 * would gain nothing (OpenSSL 3.2 caches decoders), or if openssl.cnf selects providers or
 * properties: the administrator's choice holds.
 */

/*
 * For a server's SSL_CTX. It decodes no keys. A peer's certificate has no key until it is replaced
 * by the same certificate decoded under library_certificates. Until then X509_get0_pubkey returns
 * NULL, so no handshake succeeds. EC keys of a peer are checked as RFC 8446, 4.2.8.2 requires.
 */
static inline OSSL_LIB_CTX *library_handshakes(void)
{
    return library_lean_handshakes();
}

/* For certificates: decodes only keys in certificates. */
static inline OSSL_LIB_CTX *library_certificates(void)
{
    return library_lean_certificates();
}

#endif
