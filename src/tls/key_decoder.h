/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys of many server blocks: OpenSSL's decoders are looked up once, not for each key. */
#ifndef TLS_KEY_DECODER_H
#define TLS_KEY_DECODER_H

#include <openssl/evp.h>

#include "base/str.h"

struct key_decoder; /* of one thread */

struct key_decoder *key_decoder_new(void);
void key_decoder_free(struct key_decoder *decoder); /* NULL is allowed */

/*
 * The private key at the beginning of a PEM file, which the caller owns. NULL: it is encrypted,
 * broken, or not at the beginning. Then PEM_read_bio_PrivateKey reads it, or says what is wrong.
 */
EVP_PKEY *key_decoder_read(struct key_decoder *decoder, struct str pem);

#endif
