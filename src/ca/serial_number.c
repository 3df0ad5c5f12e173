/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/serial_number.h"

#include <assert.h>
#include <openssl/rand.h>
#include <string.h>

#include "pki/serial.h"

bool serial_number_new(struct serial_number *out, struct error *err)
{
    *out = (struct serial_number){.n = SERIAL_OCTETS};
    if (RAND_bytes(out->octets, SERIAL_OCTETS) != 1) {
        return error_set(err, "cannot get random bytes for a serial number");
    }
    /* Positive, and always as many octets in DER. */
    out->octets[0] = (unsigned char)((out->octets[0] & 0x7f) | 0x40);
    return true;
}

bool serial_number_set(struct serial_number *out, struct str octets)
{
    *out = (struct serial_number){.n = 0};
    if (octets.n == 0 || octets.n > SERIAL_OCTETS_MAX) {
        return false;
    }
    const unsigned char *p = (const unsigned char *)octets.p;
    bool negative = p[0] & 0x80;
    bool padded = octets.n > 1 && p[0] == 0;
    if (negative || (padded && !(p[1] & 0x80)) || (!padded && octets.n == SERIAL_OCTETS_MAX)) {
        return false;
    }
    memcpy(out->octets, p, octets.n);
    out->n = (unsigned char)octets.n;
    return true;
}

bool serial_number_of(const X509 *cert, struct serial_number *out)
{
    unsigned char octets[SERIAL_MAX];
    return serial_number_set(out, serial_octets(cert, octets));
}

struct str serial_number_octets(const struct serial_number *serial)
{
    assert(serial->n > 0 && serial->n <= SERIAL_OCTETS_MAX);
    return (struct str){(const char *)serial->octets, serial->n};
}

bool serial_number_eq(const struct serial_number *a, const struct serial_number *b)
{
    return a->n == b->n && memcmp(a->octets, b->octets, a->n) == 0;
}

const char *serial_number_text(const struct serial_number *serial, char out[static SERIAL_TEXT_MAX])
{
    assert(serial->n <= SERIAL_OCTETS_MAX);
    size_t from = serial->n > 1 && serial->octets[0] == 0 ? 1 : 0;
    struct str octets = {(const char *)serial->octets + from, serial->n - from};
    *hex_put(out, octets, true) = '\0';
    return out;
}

bool serial_number_parse(struct str text, struct serial_number *out)
{
    unsigned char digits[2 * SERIAL_OCTETS_MAX];
    unsigned char octets[SERIAL_OCTETS_MAX] = {0};
    size_t n = 0;
    bool any = false;
    for (size_t i = 0; i < text.n; i++) {
        int digit = char_hex(text.p[i]);
        if (text.p[i] == ':') {
            continue;
        }
        if (digit < 0 || n == sizeof(digits)) {
            return false;
        }
        any = true;
        if (n > 0 || digit > 0) {
            digits[n++] = (unsigned char)digit;
        }
    }
    /* An octet of zeros goes in front where the number would be negative without. */
    size_t used = n > 0 && n % 2 == 0 && digits[0] < 8 ? n / 2 : n / 2 + 1;
    if (!any || used > SERIAL_OCTETS_MAX) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size_t from_end = n - 1 - i;
        octets[used - 1 - from_end / 2] |= (unsigned char)(digits[i] << (from_end % 2 * 4));
    }
    return serial_number_set(out, (struct str){(char *)octets, used});
}
