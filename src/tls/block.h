/* SPDX-License-Identifier: Apache-2.0 */
/* A server block's TLS side as the files that build and apply it see it. */
#ifndef TLS_BLOCK_H
#define TLS_BLOCK_H

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "pki/trust.h"
#include "tls/server.h"
#include "tls/transport.h"

struct staple;

struct tls_server {
    SSL_CTX *ctx;
    struct trust *trust; /* never NULL; empty if no client certificate is requested */
    enum verify_mode verify;
    enum ocsp_mode ocsp; /* off when no certificate is asked for */
    bool reject;
    bool http2;
    char *curves;        /* NULL: OpenSSL's default */
    size_t max_fragment; /* ssl_buffer_size, as a record can hold it */
    size_t tickets; /* after a full TLS 1.3 handshake, before anything is known about the client */
    size_t tickets_known;    /* once a good certificate was seen */
    struct staple **staples; /* of its certificates that have one */
    size_t staples_n;
    EVP_MD *sha256;
    unsigned char fingerprint[TLS_FINGERPRINT_LEN];
};

/* What a connection carries through the handshake: the SSL object's app data. */
struct accept_state {
    const struct tls_server *server; /* chosen */
    const struct tls_server *initial;
    const struct tls_server *(*select)(void *arg, struct str sni, bool valid);
    void *arg;
    bool selected;
    bool judged;
    bool too_large; /* the client's certificate */
    int alert;      /* that ended the handshake, sent by us; 0: none (close_notify ends none) */
    struct verdict verdict;
    STACK_OF(X509) * chain; /* of a good client, where it is to be checked by OCSP */
    struct proof *proof;    /* of a good one */
    uint64_t lists_serial;  /* before anything was judged */
    size_t sni_n;
    char sni[256];
};

/* The ClientHello callback: finds the block and makes it hold for everything that follows. */
int block_on_hello(SSL *ssl, int *alert, void *arg);

#endif
