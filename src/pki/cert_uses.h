/* SPDX-License-Identifier: Apache-2.0 */
/* The uses that a certificate allows, as its extensions name them and in plain words. */
#ifndef PKI_CERT_USES_H
#define PKI_CERT_USES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct cert_words {
    struct str *items;
    size_t n;
};

/* keyUsage (RFC 5280, 4.2.1.3): "digitalSignature", …; empty without this extension. */
struct cert_words cert_key_usage(X509 *cert, struct arena *arena);
/* extKeyUsage (4.2.1.12): "clientAuth", …, or an OID without a name. */
struct cert_words cert_extended_key_usage(X509 *cert, struct arena *arena);
/* basicConstraints (4.2.1.9): "CA", "CA, with at most 0 further CAs below it", "not a CA". */
struct str cert_constraints(X509 *cert, struct arena *arena);

enum cert_use { CERT_CLIENT, CERT_SERVER, CERT_AUTHORITY };

/* NULL: the certificate allows this use; else why OpenSSL would reject it. Static. */
const char *cert_use_refusal(X509 *cert, enum cert_use use);

/* All extensions: short names, or else OIDs. With `critical`, only the critical ones. */
struct cert_words cert_extensions(const X509 *cert, bool critical, struct arena *arena);

#endif
