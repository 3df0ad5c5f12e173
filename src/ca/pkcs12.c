/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/pkcs12.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <stdio.h>

#include "base/file.h"
#include "pki/bundle.h"

enum { ITERATIONS = 100000, ITERATIONS_LEGACY = 2048, KEY_FILE_MAX = 64 * 1024 };

static EVP_PKEY *key_of(struct ca *ca, const struct record *record, struct error *err)
{
    char path[PATH_MAX];
    struct str pem;
    live_path(ca, record->name, path);
    if (!record->has_key) {
        error_set(
            err,
            "no key for \"%.*s\": its certificate was issued from a certificate signing request",
            STR_ARG(record->name));
        return NULL;
    }
    if (!file_read(path, KEY_FILE_MAX, &ca->arena, &pem, err)) {
        return NULL;
    }
    EVP_PKEY *key = key_read(pem, STR(""), path, err);
    OPENSSL_cleanse((void *)(uintptr_t)pem.p, pem.n); /* ours: in the arena */
    return key;
}

static PKCS12 *pack(struct ca *ca, const char *name, const char *password, EVP_PKEY *key,
                    X509 *cert, bool legacy)
{
    assert(key && cert);
    int cipher = legacy ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : NID_aes_256_cbc;
    int iterations = legacy ? ITERATIONS_LEGACY : ITERATIONS;
    STACK_OF(X509) *chain = sk_X509_new_null();
    /* The MAC is set below: PKCS12_create would take its digest from the library's default. */
    PKCS12 *p12 =
        chain && (ca->issuer == &ca->root || sk_X509_push(chain, ca->issuer->cert))
            ? PKCS12_create(password, name, key, cert, chain, cipher, cipher, iterations, -1, 0)
            : NULL;
    sk_X509_free(chain);
    if (p12 && !PKCS12_set_mac(p12, password, -1, NULL, 0, iterations,
                               legacy ? EVP_sha1() : EVP_sha256())) {
        PKCS12_free(p12);
        return NULL;
    }
    return p12;
}

bool pkcs12_write(struct ca *ca, const struct record *record, struct str password, bool legacy,
                  struct buf *out, struct error *err)
{
    const unsigned char *der = (const unsigned char *)record->der.p;
    unsigned char *data = NULL;
    EVP_PKEY *key = key_of(ca, record, err);
    if (!key) {
        return false;
    }
    X509 *cert = d2i_X509(NULL, &der, (long)record->der.n);
    char *word = arena_cstr(&ca->arena, password);
    PKCS12 *p12 =
        cert ? pack(ca, arena_cstr(&ca->arena, record->name), word, key, cert, legacy) : NULL;
    int n = p12 ? i2d_PKCS12(p12, &data) : 0;
    if (n > 0) {
        buf_append(out, (struct str){(char *)data, (size_t)n});
    } else {
        char why[SSL_ERRORS_MAX];
        error_set(err, "cannot create the PKCS#12 file%s", ssl_errors(why));
    }
    OPENSSL_cleanse(word, password.n);
    OPENSSL_free(data);
    PKCS12_free(p12);
    X509_free(cert);
    EVP_PKEY_free(key);
    return n > 0;
}
