/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, digests and keys as other tools write them. */
#include "pki/cert_forms.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <openssl/bn.h>

#include "../certs.h"

#define assert_str(actual, expected)                                                               \
    do {                                                                                           \
        struct str got = actual;                                                                   \
        if (!str_eq(got, STR(expected))) {                                                         \
            fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(got), expected);                            \
        }                                                                                          \
    } while (0)

static X509 *with_serial(const char *hex)
{
    X509 *cert = X509_new();
    BIGNUM *number = NULL;
    BN_hex2bn(&number, hex);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
    return cert;
}

static void serials(void **unused)
{
    char huge[2 * 65 + 1];
    struct arena arena;
    arena_init(&arena, 0);
    X509 *cert = with_serial("FE01");
    assert_str(cert_serial_octets(cert, &arena), "00:FE:01"); /* the sign is an octet of its own */
    assert_str(cert_serial_decimal(cert, &arena), "65025");
    X509_free(cert);
    cert = with_serial("-2");
    assert_str(cert_serial_octets(cert, &arena), "FE");
    assert_str(cert_serial_decimal(cert, &arena), "-2");
    X509_free(cert);
    cert = X509_new();
    assert_str(cert_serial_octets(cert, &arena), "00");
    assert_str(cert_serial_decimal(cert, &arena), "0");
    X509_free(cert);
    memset(huge, '1', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    cert = with_serial(huge);
    assert_str(cert_serial_decimal(cert, &arena), "");
    X509_free(cert);
    cert = with_serial(huge + 2); /* 64 octets are still a number */
    assert_true(cert_serial_decimal(cert, &arena).n > 100);
    X509_free(cert);
    arena_deinit(&arena);
}

static void keys(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct test_pair ec = test_pair_new((struct test_spec){.cn = "ec"});
    struct test_pair rsa = test_pair_new((struct test_spec){.cn = "rsa", .rsa_bits = 2048});
    assert_str(cert_key_text(ec.cert, &arena), "EC P-256, 256 bits");
    assert_str(cert_key_text(rsa.cert, &arena), "RSA, 2048 bits");
    assert_str(cert_signature_text(ec.cert, &arena), "ecdsa-with-SHA256");
    assert_str(cert_signature_text(rsa.cert, &arena), "sha256WithRSAEncryption");
    assert_int_equal(cert_key_id(ec.cert, &arena).n, 59);
    assert_str(cert_authority_key_id(ec.cert, &arena), "");
    assert_int_equal(cert_sha256(ec.cert, &arena).n, 64);
    struct str pin = cert_key_pin(ec.cert, &arena);
    assert_true(str_starts(pin, STR("sha256//")) && pin.n == 8 + 44);
    assert_false(str_eq(pin, cert_key_pin(rsa.cert, &arena)));
    test_pair_free(&ec);
    test_pair_free(&rsa);
    arena_deinit(&arena);
}

/* A point that is not on its curve: the certificate can be looked at all the same. */
static void a_key_that_cannot_be_read(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct test_pair pair = test_pair_new((struct test_spec){.cn = "ec"});
    unsigned char *der = NULL;
    int n = i2d_X509(pair.cert, &der);
    const unsigned char *point = X509_get0_pubkey_bitstr(pair.cert)->data;
    for (int i = 0; i + 65 <= n; i++) {
        if (memcmp(der + i, point, 65) == 0) {
            der[i + 64] ^= 1;
        }
    }
    const unsigned char *p = der;
    X509 *cert = d2i_X509(NULL, &p, n);
    assert_non_null(cert);
    assert_str(cert_key_text(cert, &arena), "id-ecPublicKey (unreadable key)");
    assert_int_equal(cert_key_pin(cert, &arena).n, 8 + 44);
    X509_free(cert);
    OPENSSL_free(der);
    test_pair_free(&pair);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serials),
        cmocka_unit_test(keys),
        cmocka_unit_test(a_key_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
