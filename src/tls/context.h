/* SPDX-License-Identifier: Apache-2.0 */
/* The common parts of server and client contexts: error sentences, keys, protocols, ciphers,
 * commands. */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "pki/trust.h"
#include "tls/crl_files.h"
#include "tls/settings.h"

/* As error_set; adds " failed (SSL: error:…)" from OpenSSL's error queue, and empties it. */
bool ssl_error_set(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Makes a context without the features that yett never uses, set to save memory and time. */
MUST_CHECK bool context_new(OSSL_LIB_CTX *library, const SSL_METHOD *method, SSL_CTX **out,
                            struct error *err);

/* Allows exactly these protocols (enum tls_protocol), whatever openssl.cnf says. */
MUST_CHECK bool context_set_protocols(SSL_CTX *ctx, unsigned protocols, struct error *err);
/* For TLS 1.2 and below; empty: OpenSSL's default. */
MUST_CHECK bool context_set_ciphers(SSL_CTX *ctx, struct str ciphers, struct error *err);
/*
 * ssl_conf_command. Refuses commands that enable renegotiation, or that change the requirements for
 * clients, which other directives set. "Curves" and "Groups" only set *curves.
 */
MUST_CHECK bool context_run_commands(SSL_CTX *ctx, const struct tls_command *commands, size_t n,
                                     struct str *curves, struct error *err);

/* A certificate with its chain, and the key; keypair_load takes a zeroed one. */
struct tls_keypair {
    X509 *leaf;
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
    unsigned char digest[32]; /* SHA-256 of the leaf: identifies the server in sessions */
};

/* `decoder` (may be NULL) makes many keys faster. */
struct key_decoder;
MUST_CHECK bool keypair_load(struct tls_keypair *pair, const char *certificate, const char *key,
                             const char *password_file, struct key_decoder *decoder,
                             struct error *err);
/* Warns of a world-readable key, once for each file if `warned` is not NULL. */
struct key_warnings;
void keypair_warn(const char *key, const struct log *log, struct key_warnings *warned);
void keypair_clear(struct tls_keypair *pair);

/*
 * Reads the CA files (NULL paths are skipped) and builds the trust set from them. Adds the paths of
 * its CRLs, if any, and the CAs that may have signed them, to `files`.
 */
MUST_CHECK bool trust_from_files(const char *const *authorities, size_t authorities_n,
                                 const struct tls_words *crls, struct crl_files *files,
                                 struct trust_options *options, struct trust **out,
                                 struct error *err);

/* The maximum size of a file with certificates, keys or CRLs. */
enum { PEM_FILE_MAX = 256 * 1024 * 1024 };

#endif
