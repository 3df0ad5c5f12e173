/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distribution points: the names under which certificates say that their CRL is found (RFC 5280,
 * 4.2.1.13), and under which a CRL says that it is (5.2.5). Each name becomes a digest, so that
 * names are compared, kept and looked up as 32 bytes, whatever they are.
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
    DIST_POINTS_MAX = 8, /* names of one certificate that are looked at */
    DIST_NAMES_MAX = 64, /* names of one CRL; more are refused */
    DIST_TEXT_MAX = 256,
};

/* Bits are those of ReasonFlags: bit 1 is keyCompromise, bit 8 aACompromise. */
enum { DIST_REASONS_ALL = 0x1fe };

/*
 * SHA-256 of a general name. Directory names that OpenSSL takes for equal have equal ones; of all
 * other kinds only equal bytes do, as RFC 5280 demands. nameRelativeToCRLIssuer is the directory
 * name that it makes with the issuer's.
 */
struct dist_point {
    unsigned char id[DIST_ID_LEN];
    uint16_t reasons; /* that are told there */
};

/*
 * The names in the points of a certificate, the first DIST_POINTS_MAX of them: what is beyond is
 * not looked at, which can only lead to "unable to get certificate CRL". Points with a cRLIssuer
 * are left out: their CRLs are indirect (6.3.3 (b) (1)), which yett does not support. Returns how
 * many.
 */
size_t dist_points_of_cert(X509 *cert, struct dist_point out[static DIST_POINTS_MAX]);

/*
 * Appends the ids of a CRL's names, ascending and each once. `name`: a DistributionPointName, DER.
 * `text` is the first name, for messages. Errors: malformed, no name, too many.
 */
MUST_CHECK bool dist_points_of_crl(struct str name, const X509_NAME *issuer, struct buf *ids,
                                   char text[static DIST_TEXT_MAX], struct error *err);

/* The first name of a certificate that dist_points_of_cert looks at, printable; "" without one. */
const char *dist_points_text(X509 *cert, char out[static DIST_TEXT_MAX]);

#endif
