/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate's serial number, in the form for look-ups in CRLs. */
#ifndef PKI_SERIAL_H
#define PKI_SERIAL_H

#include <openssl/x509.h>

#include "base/str.h"

enum { SERIAL_MAX = 255 };

/*
 * The content octets of the INTEGER (RFC 5280, 4.1.2.2), in `out`; empty, which is no valid serial
 * number, if they are longer than SERIAL_MAX.
 */
struct str serial_octets(const X509 *cert, unsigned char out[static SERIAL_MAX]);
/* The same for a serial number in an entry of a CRL. */
struct str serial_integer_octets(const ASN1_INTEGER *serial, unsigned char out[static SERIAL_MAX]);

#endif
