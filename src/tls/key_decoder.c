/* SPDX-License-Identifier: Apache-2.0 */
/* PEM_read_bio_PrivateKey makes this context anew for each key, which takes ten times as long as
 * decoding. */
#include "tls/key_decoder.h"

#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/must.h"

struct key_decoder {
    OSSL_DECODER_CTX *ctx; /* NULL: it could not be made */
    EVP_PKEY *key;         /* where it puts the key */
};

static int no_passphrase(char *out, int cap, int writing, void *arg)
{
    return -1;
}

struct key_decoder *key_decoder_new(void)
{
    struct key_decoder *decoder = must_calloc(1, sizeof(*decoder));
    decoder->ctx = OSSL_DECODER_CTX_new_for_pkey(&decoder->key, "PEM", NULL, NULL, EVP_PKEY_KEYPAIR,
                                                 NULL, NULL);
    if (decoder->ctx) {
        OSSL_DECODER_CTX_set_pem_password_cb(decoder->ctx, no_passphrase, NULL);
    }
    ERR_clear_error();
    return decoder;
}

void key_decoder_free(struct key_decoder *decoder)
{
    if (decoder) {
        OSSL_DECODER_CTX_free(decoder->ctx);
        free(decoder);
    }
}

static bool begins_with_plain_key(struct str pem)
{
    static const struct str LABELS[] = {
        STR_INIT("-----BEGIN PRIVATE KEY-----"),
        STR_INIT("-----BEGIN RSA PRIVATE KEY-----"),
        STR_INIT("-----BEGIN EC PRIVATE KEY-----"),
    };
    for (size_t i = 0; i < COUNT_OF(LABELS); i++) {
        if (str_starts(pem, LABELS[i])) {
            return str_search(pem, STR("ENCRYPTED")) == pem.n;
        }
    }
    return false;
}

EVP_PKEY *key_decoder_read(struct key_decoder *decoder, struct str pem)
{
    if (!decoder->ctx || !begins_with_plain_key(pem)) {
        return NULL;
    }
    BIO *bio = must_have(BIO_new_mem_buf(pem.p, (int)pem.n));
    decoder->key = NULL;
    bool ok = OSSL_DECODER_from_bio(decoder->ctx, bio) == 1;
    BIO_free(bio);
    ERR_clear_error();
    EVP_PKEY *key = decoder->key;
    decoder->key = NULL;
    if (!ok) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}
