/* SPDX-License-Identifier: Apache-2.0 */
/* Makes private keys, writes and reads them as PEM. */
#ifndef CA_KEY_H
#define CA_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

enum key_type { KEY_P256, KEY_P384, KEY_RSA, KEY_ED25519 };

struct key_spec {
    enum key_type type;
    unsigned bits; /* RSA */
};

/* "p256", "p384", "ed25519", "rsa" (3072 bits), "rsa:2048" … "rsa:8192". */
MUST_CHECK bool key_spec_parse(struct str text, struct key_spec *out, struct error *err);

/* For making any number of keys of one kind. Free it with EVP_PKEY_CTX_free. NULL on failure. */
EVP_PKEY_CTX *key_maker_new(const struct key_spec *spec, struct error *err);
/* Free it with EVP_PKEY_free. NULL on failure. */
EVP_PKEY *key_make(EVP_PKEY_CTX *maker, struct error *err);

/* Whether the CA certifies such a public key: NIST curves, RSA from 2048 bits, Ed25519. */
MUST_CHECK bool key_accept(const EVP_PKEY *key, struct error *err);

/*
 * Appends PKCS#8 in PEM; an empty passphrase: not encrypted. The buffer holds a secret. Encryption
 * is PBES2 (RFC 8018, 6.2) with scrypt (RFC 7914, 7) and AES-256, which `openssl pkey` can read.
 */
MUST_CHECK bool key_write(EVP_PKEY *key, struct str passphrase, struct buf *out, struct error *err);
/*
 * Reads a key; NULL on failure; `path` is for the error. A key that is not encrypted needs no
 * passphrase. Reads any encryption that OpenSSL knows, also weaker ones than key_write's.
 */
EVP_PKEY *key_read(struct str pem, struct str passphrase, const char *path, struct error *err);

/*
 * Whether a key is encrypted so that guessing its passphrase is much cheaper than with key_write:
 * PBKDF2 with fewer than 600,000 rounds (OWASP's Password Storage Cheat Sheet), scrypt with less
 * work, or an older method.
 */
bool key_is_weakly_encrypted(struct str pem);

/* Appends SubjectPublicKeyInfo in DER (RFC 5280, 4.1.2.7). */
MUST_CHECK bool key_write_public(const EVP_PKEY *key, struct buf *out);

/* As buf_append, but leaves no copy in memory when the buffer grows. */
void secret_append(struct buf *secret, struct str bytes);
/* Overwrites and frees. */
void secret_deinit(struct buf *secret);

#endif
