/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/serial.h"

#include <string.h>

/* From the encoding: what OpenSSL keeps in memory is the number without its sign. */
struct str serial_octets(const X509 *cert, unsigned char out[static SERIAL_MAX])
{
    unsigned char der[SERIAL_MAX + 4]; /* tag and a length of up to three octets */
    unsigned char *end = der;
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    struct str none = {NULL, 0};
    int n = i2d_ASN1_INTEGER(serial, NULL);
    if (n < 3 || (size_t)n > sizeof(der) || i2d_ASN1_INTEGER(serial, &end) != n) {
        return none;
    }
    size_t head = der[1] < 0x80 ? 2 : 2 + (der[1] & 0x7f);
    size_t size = (size_t)n - head;
    if (size > SERIAL_MAX) {
        return none;
    }
    memcpy(out, der + head, size);
    return (struct str){(char *)out, size};
}
