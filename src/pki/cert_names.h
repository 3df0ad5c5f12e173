/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the names in a certificate: attributes of a DN, alternative names, addresses of CRLs and
 * OCSP responders. */
#ifndef PKI_CERT_NAMES_H
#define PKI_CERT_NAMES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"

/* Values are unchecked bytes of the certificate: they may contain any byte. */
struct cert_name {
    struct str kind; /* "CN", "DNS", "IP", …; its OID if it has no short name */
    struct str value;
};

struct cert_names {
    struct cert_name *items;
    size_t n;
};

/* The attributes of a DN in the certificate's order, as UTF-8. */
struct cert_names cert_attributes(const X509_NAME *name, struct arena *arena);

/*
 * The decoded extension, which the caller frees; NULL if there is none. False in *ok: it is
 * malformed, or occurs twice.
 */
void *cert_extension(const X509 *cert, int nid, bool *ok);
/* The functions below return false if the extension is malformed or occurs twice (RFC 5280,
 * 4.2). */

/* subjectAltName (RFC 5280, 4.2.1.6). */
MUST_CHECK bool cert_alternative_names(const X509 *cert, struct arena *arena,
                                       struct cert_names *out);
/* cRLDistributionPoints (4.2.1.13): the kind is "CRL". */
MUST_CHECK bool cert_crl_addresses(const X509 *cert, struct arena *arena, struct cert_names *out);
/* authorityInfoAccess (4.2.2.1): the kind is "OCSP", "caIssuers" or an OID. */
MUST_CHECK bool cert_authority_addresses(const X509 *cert, struct arena *arena,
                                         struct cert_names *out);

#endif
