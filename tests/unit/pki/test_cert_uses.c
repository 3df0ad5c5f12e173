/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate may be used for, and why not. */
#include "pki/cert_uses.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "../certs.h"

struct row {
    const char *usage, *extended, *constraints;
    const char *client, *server, *authority; /* why not; NULL: it may */
    const char *netscape;
};

#define NO_CA "its basicConstraints lack CA:TRUE"

static const struct row ROWS[] = {
    {NULL, NULL, NULL, NULL, NULL, NO_CA},
    {NULL, "clientAuth", NULL, NULL, "its extendedKeyUsage lacks serverAuth", NO_CA},
    {NULL, "serverAuth", NULL, "its extendedKeyUsage lacks clientAuth", NULL, NO_CA},
    {NULL, "serverAuth,clientAuth", NULL, NULL, NULL, NO_CA},
    {"digitalSignature", NULL, NULL, NULL, NULL, NO_CA},
    {"keyAgreement", NULL, NULL, NULL, NULL, NO_CA},
    {"keyEncipherment", NULL, NULL, "its keyUsage lacks digitalSignature", NULL, NO_CA},
    {"cRLSign", NULL, NULL, "its keyUsage lacks digitalSignature",
     "its keyUsage lacks digitalSignature", NO_CA},
    {"keyCertSign", NULL, "CA:TRUE", "its keyUsage lacks digitalSignature",
     "its keyUsage lacks digitalSignature", NULL},
    {NULL, NULL, "CA:TRUE", NULL, NULL, NULL},
    {NULL, NULL, "CA:FALSE", NULL, NULL, NO_CA},
    {"digitalSignature", NULL, "CA:TRUE", NULL, NULL, "its keyUsage lacks keyCertSign"},
    {NULL, NULL, "CA:FALSE", NULL, "its nsCertType forbids it", NO_CA, "client"},
};

static X509 *make(const struct row *row)
{
    X509 *cert = X509_new();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_set_version(cert, 2);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    if (row->usage) {
        test_extension(cert, cert, NID_key_usage, row->usage);
    }
    if (row->extended) {
        test_extension(cert, cert, NID_ext_key_usage, row->extended);
    }
    if (row->constraints) {
        test_extension(cert, cert, NID_basic_constraints, row->constraints);
    }
    if (row->netscape) {
        test_extension(cert, cert, NID_netscape_cert_type, row->netscape);
    }
    X509_sign(cert, key, EVP_sha256());
    EVP_PKEY_free(key);
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);
    const unsigned char *p = der;
    X509_free(cert);
    cert = d2i_X509(NULL, &p, n);
    OPENSSL_free(der);
    return cert;
}

static void same(size_t row, const char *got, const char *want)
{
    if (got ? !want || strcmp(got, want) != 0 : want != NULL) {
        fail_msg("row %zu: \"%s\" is not \"%s\"", row, got ? got : "", want ? want : "");
    }
}

static void reasons(void **unused)
{
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        X509 *cert = make(&ROWS[i]);
        same(i, cert_use_refusal(cert, CERT_CLIENT), ROWS[i].client);
        same(i, cert_use_refusal(cert, CERT_SERVER), ROWS[i].server);
        same(i, cert_use_refusal(cert, CERT_AUTHORITY), ROWS[i].authority);
        X509_free(cert);
    }
}

static void what_was_never_encoded_is_not_guessed_about(void **unused)
{
    X509 *cert = X509_new();
    X509 *equal = X509_new();
    /* OpenSSL 3.0 refuses what has no fingerprint, when it first looks; 3.5 judges it by the
     * extensions that it lacks. */
    bool judged = X509_check_purpose(equal, X509_PURPOSE_SSL_CLIENT, 0) == 1;
    same(0, cert_use_refusal(cert, CERT_CLIENT), judged ? NULL : "OpenSSL cannot check it");
    X509_free(equal);
    X509_free(cert);
}

static void words(void **unused)
{
    const struct row row = {"digitalSignature,keyCertSign,decipherOnly,keyAgreement",
                            "clientAuth,1.2.3.4", "critical,CA:TRUE,pathlen:1"};
    struct arena arena;
    arena_init(&arena, 0);
    X509 *cert = make(&row);
    struct cert_words usage = cert_key_usage(cert, &arena);
    assert_int_equal(usage.n, 4);
    assert_true(str_eq(usage.items[0], STR("digitalSignature")));
    assert_true(str_eq(usage.items[3], STR("decipherOnly")));
    struct cert_words extended = cert_extended_key_usage(cert, &arena);
    assert_int_equal(extended.n, 2);
    assert_true(str_eq(extended.items[0], STR("clientAuth")));
    assert_true(str_eq(extended.items[1], STR("1.2.3.4")));
    struct str text = cert_constraints(cert, &arena);
    assert_true(str_eq(text, STR("CA, with at most 1 further CA below it")));
    assert_int_equal(cert_extensions(cert, false, &arena).n, 3);
    struct cert_words critical = cert_extensions(cert, true, &arena);
    assert_int_equal(critical.n, 1);
    assert_true(str_eq(critical.items[0], STR("basicConstraints")));
    X509_free(cert);
    cert = make(&ROWS[0]);
    assert_int_equal(cert_key_usage(cert, &arena).n, 0);
    assert_int_equal(cert_extended_key_usage(cert, &arena).n, 0);
    assert_int_equal(cert_constraints(cert, &arena).n, 0);
    X509_free(cert);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons),
        cmocka_unit_test(what_was_never_encoded_is_not_guessed_about),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
