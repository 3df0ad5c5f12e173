/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate's fields in nginx's formats. */
#include "pki/cert.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "../certs.h"

/* C=CH, O=Häuser+OU=Z, CN="a, b <c>"; serial 0x00FE01; 2026-11-21 10:00:00 to 2027-11-21 10:00:00.
 */
static X509 *make(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 0xFE01);
    ASN1_TIME_set_string(X509_getm_notBefore(cert), "261121100000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(cert), "271121100000Z");
    X509_set_pubkey(cert, key);
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_UTF8, (const unsigned char *)"CH", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"H\xc3\xa4user", -1,
                               -1, 0);
    X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_UTF8, (const unsigned char *)"Z", -1, -1, -1);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"a, b <c>", -1, -1,
                               0);
    X509_NAME *issuer = X509_get_issuer_name(cert);
    X509_NAME_add_entry_by_txt(issuer, "CN", MBSTRING_UTF8, (const unsigned char *)"root", -1, -1,
                               0);
    X509_sign(cert, key, key ? (EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256()) : NULL);
    return cert;
}

#define assert_str(actual, expected)                                                               \
    do {                                                                                           \
        struct str got = actual;                                                                   \
        if (!str_eq(got, STR(expected))) {                                                         \
            fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(got), expected);                            \
        }                                                                                          \
    } while (0)

static void fields(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = make(key);
    assert_str(cert_subject(cert, &arena), "CN=a\\, b \\<c\\>,OU=Z+O=H\\C3\\A4user,C=CH");
    assert_str(cert_subject_legacy(cert, &arena), "/C=CH/O=H\\xC3\\xA4user+OU=Z/CN=a, b <c>");
    assert_str(cert_issuer(cert, &arena), "CN=root");
    assert_str(cert_issuer_legacy(cert, &arena), "/CN=root");
    assert_str(cert_serial(cert, &arena), "FE01");
    assert_str(cert_not_before(cert, &arena), "Nov 21 10:00:00 2026 GMT");
    assert_str(cert_not_after(cert, &arena), "Nov 21 10:00:00 2027 GMT");
    struct str print = cert_fingerprint(cert, &arena);
    assert_int_equal(print.n, 40);
    for (size_t i = 0; i < print.n; i++) {
        assert_true(char_hex(print.p[i]) >= 0 && print.p[i] == char_lower(print.p[i]));
    }
    const time_t end = 1826791200; /* 2027-11-21 10:00:00 */
    assert_str(cert_days_left(cert, end, &arena), "0");
    assert_str(cert_days_left(cert, end + 1, &arena), "0");
    assert_str(cert_days_left(cert, end - 86399, &arena), "0");
    assert_str(cert_days_left(cert, end - 86400, &arena), "1");
    assert_str(cert_days_left(cert, end - 10 * 86400 - 5, &arena), "10");
    X509_free(cert);
    EVP_PKEY_free(key);
    arena_deinit(&arena);
}

static void pem(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = make(key);
    struct str text = cert_pem(cert, &arena);
    assert_true(str_starts(text, STR("-----BEGIN CERTIFICATE-----\n")));
    assert_true(str_ends(text, STR("\n-----END CERTIFICATE-----\n")));
    struct str folded = cert_pem_folded(cert, &arena);
    assert_true(str_ends(folded, STR("\n\t-----END CERTIFICATE-----")));
    size_t at = 0; /* the same but for a tab behind each newline, and the last newline */
    for (size_t i = 0; i < folded.n; i++) {
        assert_int_equal(folded.p[i], text.p[at]);
        at++;
        if (folded.p[i] == '\n') {
            assert_int_equal(folded.p[++i], '\t');
        }
    }
    assert_int_equal(at, text.n - 1);
    X509_free(cert);
    EVP_PKEY_free(key);
    arena_deinit(&arena);
}

static void nothing_there(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    X509 *cert = X509_new();
    assert_str(cert_subject(cert, &arena), "");
    assert_str(cert_issuer_legacy(cert, &arena), "");
    assert_str(cert_serial(cert, &arena), "00");
    assert_str(cert_days_left(cert, 0, &arena), "");
    cert_pem_folded(cert, &arena);
    X509_free(cert);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    cert = make(key);
    X509_free(cert);
    EVP_PKEY_free(key);
    key = EVP_RSA_gen(1024);
    cert = make(key);
    X509_free(cert);
    EVP_PKEY_free(key);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(pem),
        cmocka_unit_test(nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
