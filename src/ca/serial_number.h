/* SPDX-License-Identifier: Apache-2.0 */
/* The serial number of a certificate (RFC 5280, 4.1.2.2). */
#ifndef CA_SERIAL_NUMBER_H
#define CA_SERIAL_NUMBER_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

enum {
    SERIAL_OCTETS = 16,     /* of serial numbers made here */
    SERIAL_OCTETS_MAX = 21, /* of other CAs': twenty, and a leading zero that keeps it positive */
    SERIAL_TEXT_MAX = 2 * SERIAL_OCTETS_MAX + 1,
};

/* The content octets of the INTEGER: minimal, positive or zero. */
struct serial_number {
    unsigned char octets[SERIAL_OCTETS_MAX];
    unsigned char n;
};

/* Makes a number of SERIAL_OCTETS octets with 126 random bits. */
MUST_CHECK bool serial_number_new(struct serial_number *out, struct error *err);
/* A certificate's. False: it is negative or has more than twenty octets. */
MUST_CHECK bool serial_number_of(const X509 *cert, struct serial_number *out);
/* From content octets of an INTEGER. False: as above, or not minimal. */
MUST_CHECK bool serial_number_set(struct serial_number *out, struct str octets);
struct str serial_number_octets(const struct serial_number *serial);
bool serial_number_eq(const struct serial_number *a, const struct serial_number *b);

/* "0A1B…", two digits per octet, without a leading zero octet: as in openssl and
 * $ssl_client_serial. */
const char *serial_number_text(const struct serial_number *serial,
                               char out[static SERIAL_TEXT_MAX]);
/* Parses it. Accepts colons, lower case and leading zeros. */
MUST_CHECK bool serial_number_parse(struct str text, struct serial_number *out);

#endif
