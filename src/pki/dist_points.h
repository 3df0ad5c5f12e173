/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distribution points: the names in a certificate that say where its CRL is (RFC 5280, 4.2.1.13),
 * and the names in a CRL that say which certificates it covers (5.2.5). Each name is kept as a
 * digest of 32 bytes, which is quick to compare and to look up.
 */
#ifndef PKI_DIST_POINTS_H
#define PKI_DIST_POINTS_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum {
    DIST_ID_LEN = 32,
    DIST_POINTS_MAX = 8, /* names of one certificate; more are ignored */
    DIST_NAMES_MAX = 64, /* names of one CRL; more are refused */
    DIST_TEXT_MAX = 256,
};

/* Bits are those of ReasonFlags: bit 1 is keyCompromise, bit 8 aACompromise. */
enum { DIST_REASONS_ALL = 0x1fe };

/*
 * SHA-256 of a general name. Directory names have equal digests if OpenSSL considers them equal.
 * Names of other kinds must have equal bytes, as RFC 5280 requires. nameRelativeToCRLIssuer is
 * completed with the issuer's name to a directory name.
 */
struct dist_point {
    unsigned char id[DIST_ID_LEN];
    uint16_t reasons; /* the revocation reasons that this CRL covers */
};

/*
 * The first DIST_POINTS_MAX names in the distribution points of a certificate. Ignoring the others
 * is safe: it can only lead to "unable to get certificate CRL". Points with a cRLIssuer are left
 * out: they name indirect CRLs (6.3.3 (b) (1)), which yett does not support. Returns the number of
 * names.
 */
size_t dist_points_of_cert(X509 *cert, struct dist_point out[static DIST_POINTS_MAX]);

/*
 * Appends the ids of a CRL's names, sorted and without duplicates. `name` is a
 * DistributionPointName in DER. `text` receives the first name, for messages. Errors: malformed, no
 * name, too many names.
 */
MUST_CHECK bool dist_points_of_crl(struct str name, const X509_NAME *issuer, struct buf *ids,
                                   char text[static DIST_TEXT_MAX], struct error *err);

/* The first name that dist_points_of_cert returns, as printable text; "" if there is none. */
const char *dist_points_text(X509 *cert, char out[static DIST_TEXT_MAX]);

#endif
