/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a certificate, as policies ask for them. */
#include "policy/identity.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "../certs.h"

/* A self-signed certificate with these names. */
static X509 *make(void)
{
    X509 *cert = X509_new();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_NAME *name = X509_get_subject_name(cert);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 0xa1b);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 100);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"y", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"x", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    test_extension(cert, cert, NID_subject_alt_name,
                   "DNS:a.test,email:e@a.test,URI:spiffe://a/"
                   "b,IP:192.0.2.1,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:e@corp.test");
    test_extension(cert, cert, NID_ext_key_usage, "clientAuth,1.2.3.4");
    test_extension_der(cert, NID_certificate_policies,
                       STR("\x30\x0a\x30\x08\x06\x06\x2b\x06\x01\x04\x01\x09"));
    X509_sign(cert, key, EVP_sha256());
    EVP_PKEY_free(key);
    return cert;
}

static void name_is(const struct cert_names *names, size_t i, const char *kind, const char *value)
{
    assert_true(i < names->n);
    assert_true(str_eq(names->items[i].kind, str_of(kind)));
    assert_true(str_eq(names->items[i].value, str_of(value)));
}

static void every_field(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    X509 *cert = make();
    const struct identity *identity = identity_of(cert, &arena);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    assert_false(identity->malformed);
    assert_int_equal(identity->subject.n, 2);
    name_is(&identity->subject, 0, "O", "y");
    name_is(&identity->subject, 1, "CN", "x");
    name_is(&identity->issuer, 1, "CN", "x");
    assert_int_equal(identity->sieve.addresses_n, 1);
    assert_int_equal(identity->alternatives.n, 5);
    name_is(&identity->alternatives, 0, "DNS", "a.test");
    name_is(&identity->alternatives, 1, "email", "e@a.test");
    name_is(&identity->alternatives, 2, "URI", "spiffe://a/b");
    name_is(&identity->alternatives, 3, "IP", "192.0.2.1");
    name_is(&identity->alternatives, 4, "UPN", "e@corp.test");
    assert_true(str_eq(identity->serial, STR("0A1B")));
    assert_int_equal(X509_digest(cert, EVP_sha256(), digest, &n), 1);
    assert_memory_equal(identity->certificate, digest, IDENTITY_DIGEST_LEN);
    unsigned char *der = NULL;
    int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    assert_int_equal(EVP_Digest(der, (size_t)length, digest, &n, EVP_sha256(), NULL), 1);
    assert_memory_equal(identity->key, digest, IDENTITY_DIGEST_LEN);
    OPENSSL_free(der);
    assert_int_equal(identity->uses_n, 2);
    assert_true(str_eq(identity->uses[0], STR("1.3.6.1.5.5.7.3.2")));
    assert_true(str_eq(identity->uses[1], STR("1.2.3.4")));
    assert_int_equal(identity->policies_n, 1);
    assert_true(str_eq(identity->policies[0], STR("1.3.6.1.4.1.9")));
    X509_free(cert);
    arena_deinit(&arena);
}

static void an_extension_that_occurs_twice(void **unused)
{
    static const struct {
        int nid;
        const char *value;
    } AGAIN[] = {{NID_subject_alt_name, "DNS:b.test"}, {NID_ext_key_usage, "serverAuth"}};
    for (size_t i = 0; i < sizeof(AGAIN) / sizeof(AGAIN[0]); i++) {
        struct arena arena;
        arena_init(&arena, 0);
        X509 *cert = make();
        test_extension(cert, cert, AGAIN[i].nid, AGAIN[i].value);
        assert_true(identity_of(cert, &arena)->malformed);
        X509_free(cert);
        arena_deinit(&arena);
    }
}

static void policies_that_are_twice_or_unreadable(void **unused)
{
    static const struct str VALUES[] = {STR_INIT("\x30\x06\x30\x04\x06\x02\x2a\x03"),
                                        STR_INIT("\x30\x05\x01")};
    for (size_t i = 0; i < 2; i++) {
        struct arena arena;
        arena_init(&arena, 0);
        X509 *cert = make();
        if (i) { /* it alone */
            int at = X509_get_ext_by_NID(cert, NID_certificate_policies, -1);
            X509_EXTENSION_free(X509_delete_ext(cert, at));
            assert_false(identity_of(cert, &arena)->malformed);
        }
        test_extension_der(cert, NID_certificate_policies, VALUES[i]);
        assert_true(identity_of(cert, &arena)->malformed);
        X509_free(cert);
        arena_deinit(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field),
        cmocka_unit_test(an_extension_that_occurs_twice),
        cmocka_unit_test(policies_that_are_twice_or_unreadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
