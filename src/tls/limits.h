/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of the protocol and of clients, checked while loading. */
#ifndef TLS_LIMITS_H
#define TLS_LIMITS_H

#include <openssl/ssl.h>
#include <stddef.h>

#include "base/error.h"

/* The CA names sent to clients (RFC 5246, 7.4.4; RFC 8446, 4.2.4), from the file `path`. */
MUST_CHECK bool limits_check_names(const STACK_OF(X509_NAME) * names, const char *path,
                                   struct error *err);

/* A server certificate with its chain, from the file `path`. */
MUST_CHECK bool limits_check_chain(X509 *leaf, const STACK_OF(X509) * chain, const char *path,
                                   struct error *err);

/* The size of a staple (RFC 6066, 8; RFC 8446, 4.4.2.1). */
MUST_CHECK bool limits_check_staple(size_t bytes, struct error *err);

/* Below TLS 1.3 a cipher suite needs a kind of key: one suite must fit one of the server's keys. */
MUST_CHECK bool limits_check_ciphers(SSL_CTX *ctx, struct error *err);

#endif
