/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/serial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"

static ASN1_INTEGER *serial_read(struct str content)
{
    unsigned char der[SERIAL_MAX + 8] = {V_ASN1_INTEGER};
    size_t n = 1;
    if (content.n >= 0x80) {
        der[n++] = content.n > 0xff ? 0x82 : 0x81;
    }
    if (content.n > 0xff) {
        der[n++] = (unsigned char)(content.n >> 8);
    }
    der[n++] = (unsigned char)content.n;
    memcpy(der + n, content.p, content.n);
    const unsigned char *p = der;
    ASN1_INTEGER *serial = d2i_ASN1_INTEGER(NULL, &p, (long)(n + content.n));
    assert_non_null(serial);
    return serial;
}

/* What is written is what comes back, the sign included. */
static void octets_are_those_of_the_encoding(void **state)
{
    (void)state;
    char longest[SERIAL_MAX];
    memset(longest, 0x5a, sizeof(longest));
    const struct str rows[] = {
        STR("\x01"),         STR("\0"),           STR("\x7f"),
        STR("\0\x80"),       STR("\x80"),         STR("\xff\x7f"),
        STR("\x01\x02\x03"), STR("\x00\xff\x00"), {longest, sizeof(longest)}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned char out[SERIAL_MAX];
        ASN1_INTEGER *serial = serial_read(rows[i]);
        assert_true(str_eq(serial_integer_octets(serial, out), rows[i]));
        X509 *cert = X509_new();
        assert_int_equal(X509_set_serialNumber(cert, serial), 1);
        assert_true(str_eq(serial_octets(cert, out), rows[i]));
        X509_free(cert);
        ASN1_INTEGER_free(serial);
    }
}

static void longer_ones_come_back_empty(void **state)
{
    (void)state;
    char text[SERIAL_MAX + 1];
    unsigned char out[SERIAL_MAX];
    memset(text, 0x5a, sizeof(text));
    ASN1_INTEGER *serial = serial_read((struct str){text, sizeof(text)});
    assert_int_equal(serial_integer_octets(serial, out).n, 0);
    ASN1_INTEGER_free(serial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octets_are_those_of_the_encoding),
        cmocka_unit_test(longer_ones_come_back_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
