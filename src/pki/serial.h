/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate's serial number, in the form in which CRLs are searched for it. */
#ifndef PKI_SERIAL_H
#define PKI_SERIAL_H

#include <openssl/x509.h>

#include "base/str.h"

enum { SERIAL_MAX = 255 };

/*
 * The content octets of the INTEGER (RFC 5280, 4.1.2.2), in `out`. Those longer than SERIAL_MAX
 * come back empty, which is no certificate's serial.
 */
struct str serial_octets(const X509 *cert, unsigned char out[static SERIAL_MAX]);
/* The same for a serial number outside a certificate: in an entry of a CRL. */
struct str serial_integer_octets(const ASN1_INTEGER *serial, unsigned char out[static SERIAL_MAX]);

#endif
