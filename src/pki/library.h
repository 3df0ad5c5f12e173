/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL library contexts that offer fewer algorithms than the default one, and are faster.
 *
 * OpenSSL 3.0 decodes the key of each certificate that a peer sends, and searches all its methods
 * for each key. This takes a third of a handshake. The algorithms here are those of the default
 * provider; these contexts only offer fewer of them.
 */
#ifndef PKI_LIBRARY_H
#define PKI_LIBRARY_H

#include <openssl/crypto.h>
#include <stdbool.h>

/*
 * Both contexts live as long as the process. They are NULL, which means OpenSSL's default context,
 * if they would gain nothing (OpenSSL 3.2 caches decoders), or if openssl.cnf selects providers or
 * properties: the administrator's choice holds.
 */

/*
 * For a server's SSL_CTX. It decodes no keys. A peer's certificate has no key until it is replaced
 * by the same certificate decoded under library_certificates. Until then X509_get0_pubkey returns
 * NULL, so no handshake succeeds. EC keys of a peer are checked as RFC 8446, 4.2.8.2 requires.
 */
OSSL_LIB_CTX *library_handshakes(void);

/* For certificates: decodes only keys in certificates. */
OSSL_LIB_CTX *library_certificates(void);

#endif
