/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of the protocol and of clients, checked when the configuration is loaded. */
#ifndef TLS_LIMITS_H
#define TLS_LIMITS_H

#include <openssl/ssl.h>
#include <stddef.h>

#include "base/error.h"

/* The names of CAs sent to clients (RFC 5246, 7.4.4; RFC 8446, 4.2.4); `path` is their file. */
MUST_CHECK bool limits_check_names(const STACK_OF(X509_NAME) * names, const char *path,
                                   struct error *err);

/* The certificate of a server with its chain, from the file `path`. */
MUST_CHECK bool limits_check_chain(X509 *leaf, const STACK_OF(X509) * chain, const char *path,
                                   struct error *err);

/* A staple of that many bytes (RFC 6066, 8; RFC 8446, 4.4.2.1). */
MUST_CHECK bool limits_check_staple(size_t bytes, struct error *err);

/* Below TLS 1.3 a cipher suite says what kind of key it goes with: one must fit a key of ours. */
MUST_CHECK bool limits_check_ciphers(SSL_CTX *ctx, struct error *err);

#endif
