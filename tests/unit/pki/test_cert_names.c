/* SPDX-License-Identifier: Apache-2.0 */
/* The names in a certificate, one by one. */
#include "pki/cert_names.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "../certs.h"

static void is(struct cert_name name, const char *kind, struct str value)
{
    if (!str_eq(name.kind, str_of(kind)) || !str_eq(name.value, value)) {
        fail_msg("%.*s \"%.*s\" is not %s \"%.*s\"", STR_ARG(name.kind), STR_ARG(name.value), kind,
                 STR_ARG(value));
    }
}

/* An extension of these bytes, in a certificate as it comes from outside. */
static X509 *with_extension(int nid, struct str der, int times)
{
    X509 *cert = X509_new();
    ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(bytes, (const unsigned char *)der.p, (int)der.n);
    for (int i = 0; i < times; i++) {
        X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, nid, 0, bytes);
        X509_add_ext(cert, extension, -1);
        X509_EXTENSION_free(extension);
    }
    ASN1_OCTET_STRING_free(bytes);
    return cert;
}

static void attributes(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    X509_NAME *name = X509_NAME_new();
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)"CH", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", V_ASN1_T61STRING, (const unsigned char *)"K\xe4se", -1,
                               -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_BMPSTRING, (const unsigned char *)"\0a N\x2d", 4,
                               -1, 0);
    X509_NAME_add_entry_by_txt(name, "1.2.3.4", V_ASN1_UTF8STRING, (const unsigned char *)"\xff", 1,
                               -1, 0);
    struct cert_names names = cert_attributes(name, &arena);
    assert_int_equal(names.n, 4);
    is(names.items[0], "C", STR("CH"));
    is(names.items[1], "O", STR("K\xc3\xa4se"));
    is(names.items[2], "CN", STR("a\xe2\x81\x8e"));
    is(names.items[3], "1.2.3.4", STR("\xff")); /* no UTF-8: its bytes */
    X509_NAME *empty = X509_NAME_new();
    assert_int_equal(cert_attributes(empty, &arena).n, 0);
    X509_NAME_free(empty);
    X509_NAME_free(name);
    arena_deinit(&arena);
}

static void alternative_names(void **unused)
{
    static const struct str DER = STR_INIT("\x30\x29"
                                           "\x82\x03"
                                           "a\0b"
                                           "\x81\x01"
                                           "e"
                                           "\x86\x02"
                                           "x:"
                                           "\x87\x04\xc0\x00\x02\x01"
                                           "\x87\x03\x01\x02\x03"
                                           "\x87\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01");
    struct arena arena;
    struct cert_names names;
    arena_init(&arena, 0);
    X509 *cert = with_extension(NID_subject_alt_name, DER, 1);
    assert_true(cert_alternative_names(cert, &arena, &names));
    assert_int_equal(names.n, 6);
    is(names.items[0], "DNS", STR("a\0b"));
    is(names.items[1], "email", STR("e"));
    is(names.items[2], "URI", STR("x:"));
    is(names.items[3], "IP", STR("192.0.2.1"));
    is(names.items[4], "IP", STR("not an IP address: 3 octets"));
    is(names.items[5], "IP", STR("::1"));
    X509_free(cert);
    arena_deinit(&arena);
}

/* There, but none: neither is taken for "there are no names". */
static void broken(void **unused)
{
    struct arena arena;
    struct cert_names names;
    arena_init(&arena, 0);
    X509 *absent = X509_new();
    X509 *cut = with_extension(NID_subject_alt_name, STR("\x30\x05\x82\x09x"), 1);
    X509 *twice = with_extension(NID_subject_alt_name, STR("\x30\x03\x82\x01x"), 2);
    X509 *once = with_extension(NID_subject_alt_name, STR("\x30\x03\x82\x01x"), 1);
    X509 *points = with_extension(NID_crl_distribution_points, STR("\x30\x82"), 1);
    X509 *info = with_extension(NID_info_access, STR("\x04\x00"), 1);
    assert_true(cert_alternative_names(absent, &arena, &names) && names.n == 0);
    assert_true(cert_crl_addresses(absent, &arena, &names) && names.n == 0);
    assert_true(cert_authority_addresses(absent, &arena, &names) && names.n == 0);
    assert_false(cert_alternative_names(cut, &arena, &names));
    assert_int_equal(names.n, 0);
    assert_false(cert_alternative_names(twice, &arena, &names));
    assert_true(cert_alternative_names(once, &arena, &names) && names.n == 1);
    assert_false(cert_crl_addresses(points, &arena, &names));
    assert_false(cert_authority_addresses(info, &arena, &names));
    X509 *all[] = {absent, cut, twice, once, points, info};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        X509_free(all[i]);
    }
    arena_deinit(&arena);
}

static void addresses(void **unused)
{
    struct arena arena;
    struct cert_names names;
    arena_init(&arena, 0);
    struct test_pair pair = test_pair_new((struct test_spec){
        .cn = "a", .aia = "OCSP;URI:http://ocsp/,caIssuers;URI:http://ca/,1.2.3.4;email:x@y"});
    assert_true(cert_authority_addresses(pair.cert, &arena, &names));
    assert_int_equal(names.n, 3);
    is(names.items[0], "OCSP", STR("http://ocsp/"));
    is(names.items[1], "caIssuers", STR("http://ca/"));
    is(names.items[2], "1.2.3.4", STR("x@y"));
    test_pair_free(&pair);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes),
        cmocka_unit_test(alternative_names),
        cmocka_unit_test(broken),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
