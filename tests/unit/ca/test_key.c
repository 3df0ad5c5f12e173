/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of keys, and how they are written. */
#include "ca/key.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <openssl/pem.h>
#include <openssl/x509.h>

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

static EVP_PKEY *new_key(const struct key_spec *spec)
{
    struct error err;
    EVP_PKEY_CTX *maker = key_maker_new(spec, &err);
    assert_non_null(maker);
    EVP_PKEY *key = key_make(maker, &err);
    EVP_PKEY *second = key_make(maker, &err);
    assert_true(key && second && EVP_PKEY_eq(key, second) == 0);
    EVP_PKEY_free(second);
    EVP_PKEY_CTX_free(maker);
    return key;
}

static void passphrases(void **state)
{
    struct error err;
    struct buf pem = {0};
    struct key_spec spec = {.type = KEY_P256};
    EVP_PKEY *key = new_key(&spec);
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
        EVP_PKEY *key = new_key(&SPECS[i % COUNT_OF(SPECS)]);
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
        cmocka_unit_test(key_kinds),
        cmocka_unit_test(passphrases),
        cmocka_unit_test(plain_keys),
        cmocka_unit_test(keys_that_are_not_certified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
