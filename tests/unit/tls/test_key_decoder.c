/* SPDX-License-Identifier: Apache-2.0 */
/* One decoder reads many keys, each as OpenSSL's function reads it; what it does not read is left
 * to that. */
#include "tls/key_decoder.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "vhosts.h"

static struct str pem_of(EVP_PKEY *key, bool traditional, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = passphrase ? EVP_aes_128_cbc() : NULL;
    int n = passphrase ? (int)strlen(passphrase) : 0;
    char *data;
    int ok = traditional
                 ? PEM_write_bio_PrivateKey_traditional(
                       bio, key, cipher, (unsigned char *)(uintptr_t)passphrase, n, NULL, NULL)
                 : PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, passphrase, n, NULL, NULL);
    assert_int_equal(ok, 1);
    long size = BIO_get_mem_data(bio, &data);
    char *copy = strndup(data, (size_t)size);
    BIO_free(bio);
    return str_of(copy);
}

static void drop(struct str text)
{
    free((char *)(uintptr_t)text.p);
}

static void check_plain(struct key_decoder *decoder, EVP_PKEY *key, bool traditional)
{
    struct str pem = pem_of(key, traditional, NULL);
    EVP_PKEY *got = key_decoder_read(decoder, pem);
    assert_non_null(got);
    assert_int_equal(EVP_PKEY_eq(got, key), 1);
    assert_int_equal(EVP_PKEY_get_bits(got), EVP_PKEY_get_bits(key));
    EVP_PKEY_free(got);
    drop(pem);
}

static void check_refused(struct key_decoder *decoder, struct str pem)
{
    assert_null(key_decoder_read(decoder, pem));
    assert_int_equal(ERR_peek_error(), 0);
}

static void keys_in_turn(void **unused)
{
    struct key_decoder *decoder = key_decoder_new();
    EVP_PKEY *keys[] = {
        EVP_EC_gen("P-256"),
        EVP_RSA_gen(2048),
        EVP_EC_gen("P-384"),
        EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
    };
    for (size_t i = 0; i < 2 * COUNT_OF(keys); i++) {
        EVP_PKEY *key = keys[i % COUNT_OF(keys)];
        check_plain(decoder, key, false);
        if (!EVP_PKEY_is_a(key, "ED25519")) {
            check_plain(decoder, key, true);
        }
        struct str locked = pem_of(key, false, "secret");
        check_refused(decoder, locked);
        drop(locked);
    }
    struct str locked = pem_of(keys[1], true, "secret");
    check_refused(decoder, locked);
    drop(locked);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        EVP_PKEY_free(keys[i]);
    }
    key_decoder_free(decoder);
}

static void what_is_no_key(void **unused)
{
    struct key_decoder *decoder = key_decoder_new();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct str pem = pem_of(key, false, NULL);
    check_refused(decoder, STR(""));
    check_refused(decoder, STR("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"));
    check_refused(decoder, str_head(pem, pem.n / 2));
    check_refused(decoder, STR("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
    check_plain(decoder, key, false);
    drop(pem);
    EVP_PKEY_free(key);
    key_decoder_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_in_turn),
        cmocka_unit_test(what_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
