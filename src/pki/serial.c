/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/serial.h"

#include <string.h>

#include "pki/der.h"

/* From the encoding: what OpenSSL keeps in memory is the number without its sign. */
struct str serial_integer_octets(const ASN1_INTEGER *serial, unsigned char out[static SERIAL_MAX])
{
    unsigned char der[SERIAL_MAX + 4]; /* tag and a length of up to three octets */
    unsigned char *end = der;
    struct str content;
    struct str none = {NULL, 0};
    int n = i2d_ASN1_INTEGER(serial, NULL);
    if (n < 0 || (size_t)n > sizeof(der) || i2d_ASN1_INTEGER(serial, &end) != n) {
        return none;
    }
    struct str in = {(char *)der, (size_t)n};
    if (!der_expect(&in, DER_INTEGER, &content) || content.n == 0 || content.n > SERIAL_MAX) {
        return none;
    }
    memcpy(out, content.p, content.n);
    return (struct str){(char *)out, content.n};
}

struct str serial_octets(const X509 *cert, unsigned char out[static SERIAL_MAX])
{
    return serial_integer_octets(X509_get0_serialNumber(cert), out);
}
