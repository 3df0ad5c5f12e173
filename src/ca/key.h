/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys: made, written and read as PEM. */
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

/* Makes keys of one kind, any number of them. EVP_PKEY_CTX_free is the caller's. NULL on failure.
 */
EVP_PKEY_CTX *key_maker_new(const struct key_spec *spec, struct error *err);
/* EVP_PKEY_free is the caller's. NULL on failure. */
EVP_PKEY *key_make(EVP_PKEY_CTX *maker, struct error *err);

/* Whether certificates are given for such a public key: NIST curves, RSA from 2048 bits, Ed25519.
 */
MUST_CHECK bool key_accept(const EVP_PKEY *key, struct error *err);

/*
 * PKCS#8 in PEM, appended; not encrypted when the passphrase is empty. The buffer holds a secret.
 * Encryption is PBES2 (RFC 8018, 6.2) with scrypt (RFC 7914, 7) and AES-256, as `openssl pkey`
 * reads.
 */
MUST_CHECK bool key_write(EVP_PKEY *key, struct str passphrase, struct buf *out, struct error *err);
/*
 * NULL on failure; `path` is for the message. A key that is not encrypted needs no passphrase. Any
 * encryption that OpenSSL knows is read, also a weaker one than key_write's.
 */
EVP_PKEY *key_read(struct str pem, struct str passphrase, const char *path, struct error *err);

/*
 * Whether a key is encrypted, and guessing its passphrase costs much less than for key_write's:
 * PBKDF2 with fewer than 600,000 rounds (OWASP's Password Storage Cheat Sheet), scrypt with less
 * work, or an older method.
 */
bool key_is_weakly_encrypted(struct str pem);

/* SubjectPublicKeyInfo in DER (RFC 5280, 4.1.2.7), appended. */
MUST_CHECK bool key_write_public(const EVP_PKEY *key, struct buf *out);

/* As buf_append, but growing leaves no copy behind. */
void secret_append(struct buf *secret, struct str bytes);
/* Overwrites and frees. */
void secret_deinit(struct buf *secret);

#endif
