/* SPDX-License-Identifier: Apache-2.0 */
/* Serial numbers as text, and the kinds of keys. */
#include "ca/authority.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "ca/certificate.h"

static void serials(void **state)
{
    struct error err;
    unsigned char serial[CA_SERIAL];
    unsigned char back[CA_SERIAL];
    char text[CA_SERIAL_TEXT];
    for (int i = 0; i < 100; i++) {
        assert_true(serial_new(serial, &err));
        assert_int_equal(serial[0] & 0xc0, 0x40); /* positive, and no octet less in DER */
        assert_true(serial_parse(str_of(serial_text(serial, text)), back));
        assert_memory_equal(serial, back, CA_SERIAL);
    }
    assert_true(serial_parse(STR("40:0a:0B:00000000000000000000000000"), serial));
    assert_true(serial[1] == 0x0a && serial[2] == 0x0b);
    assert_false(serial_parse(STR("400A0B0000000000000000000000000"), serial));
    assert_false(serial_parse(STR("400A0B000000000000000000000000000"), serial));
    assert_false(serial_parse(STR("400A0B0000000000000000000000000g"), serial));
    assert_false(serial_parse(STR(""), serial));
}

static void key_kinds(void **state)
{
    struct error err;
    struct key_spec spec;
    assert_true(key_spec_parse(STR("p256"), &spec, &err) && spec.type == KEY_P256);
    assert_true(key_spec_parse(STR("rsa"), &spec, &err) && spec.bits == 3072);
    assert_true(key_spec_parse(STR("rsa:2048"), &spec, &err) && spec.bits == 2048);
    assert_true(key_spec_parse(STR("ed25519"), &spec, &err) && spec.type == KEY_ED25519);
    assert_false(key_spec_parse(STR("rsa:1024"), &spec, &err));
    assert_false(key_spec_parse(STR("rsa:16384"), &spec, &err));
    assert_false(key_spec_parse(STR("rsa:3073"), &spec, &err));
    assert_false(key_spec_parse(STR("dsa"), &spec, &err));
    assert_false(key_spec_parse(STR(""), &spec, &err));
}

static void passphrases(void **state)
{
    struct error err;
    struct buf pem = {0};
    struct key_spec spec = {.type = KEY_P256};
    EVP_PKEY *key = key_new(&spec, &err);
    assert_true(key_write(key, STR("right"), &pem, &err));
    assert_true(str_search(buf_view(&pem), STR("ENCRYPTED")) < pem.len);
    EVP_PKEY *back = key_read(buf_view(&pem), STR("right"), "x", &err);
    assert_true(back && EVP_PKEY_eq(key, back) == 1);
    assert_null(key_read(buf_view(&pem), STR("wrong"), "x", &err));
    assert_string_equal(err.text, "wrong passphrase for \"x\"");
    assert_null(key_read(buf_view(&pem), STR(""), "x", &err));
    assert_string_equal(err.text, "no passphrase for \"x\"");
    assert_null(key_read(STR("nonsense"), STR("right"), "x", &err));
    EVP_PKEY_free(back);
    EVP_PKEY_free(key);
    secret_deinit(&pem);
}

/* P-256 is written by hand: as OpenSSL would, to the octet. */
static void plain_keys(void **state)
{
    static const struct key_spec SPECS[] = {{KEY_P256, 0}, {KEY_P384, 0}, {KEY_ED25519, 0}};
    struct error err;
    for (size_t i = 0; i < 60; i++) {
        struct buf pem = {0};
        struct buf der = {0};
        char *expected;
        unsigned char *public = NULL;
        EVP_PKEY *key = key_new(&SPECS[i % COUNT_OF(SPECS)], &err);
        BIO *bio = BIO_new(BIO_s_mem());
        assert_true(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
        long n = BIO_get_mem_data(bio, &expected);
        assert_true(key_write(key, STR(""), &pem, &err));
        assert_true(str_eq(buf_view(&pem), (struct str){expected, (size_t)n}));
        n = i2d_PUBKEY(key, &public);
        assert_true(key_write_public(key, &der));
        assert_true(str_eq(buf_view(&der), (struct str){(char *)public, (size_t)n}));
        OPENSSL_free(public);
        BIO_free(bio);
        EVP_PKEY_free(key);
        secret_deinit(&pem);
        buf_deinit(&der);
    }
}

static void keys_that_are_not_certified(void **state)
{
    struct error err;
    EVP_PKEY *good = EVP_EC_gen("P-384");
    EVP_PKEY *curve = EVP_EC_gen("secp256k1");
    EVP_PKEY *weak = EVP_RSA_gen(1024);
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    assert_true(key_accept(good, &err));
    assert_false(key_accept(curve, &err));
    assert_false(key_accept(weak, &err));
    assert_false(key_accept(other, &err));
    EVP_PKEY_free(other);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(curve);
    EVP_PKEY_free(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serials),
        cmocka_unit_test(key_kinds),
        cmocka_unit_test(passphrases),
        cmocka_unit_test(plain_keys),
        cmocka_unit_test(keys_that_are_not_certified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
