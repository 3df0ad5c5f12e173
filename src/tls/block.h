/* SPDX-License-Identifier: Apache-2.0 */
/* A server block's TLS side, for the files that build and use it. */
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
    STACK_OF(X509) * leaves; /* its certificates, in the order of the directives */
    struct trust *trust;     /* never NULL; empty if no client certificate is requested */
    enum verify_mode verify;
    enum ocsp_mode ocsp; /* off if no client certificate is requested */
    bool keeps_chain;    /* transport_client_chain has chains with intermediates */
    bool reject;
    bool http2;
    char *curves;        /* NULL: OpenSSL's default */
    size_t max_fragment; /* ssl_buffer_size, limited to what a record can hold */
    size_t tickets; /* number sent after a full TLS 1.3 handshake, to a client not verified yet */
    size_t tickets_known;    /* number sent to a client with a good verdict */
    struct staple **staples; /* those that its certificates have */
    size_t staples_n;
    EVP_MD *sha256;
    unsigned char fingerprint[TLS_FINGERPRINT_LEN];
};

/* The state of a handshake: the SSL object's app data. */
struct accept_state {
    const struct tls_server *server; /* chosen */
    const struct tls_server *initial;
    const struct tls_server *(*select)(void *arg, struct str sni, bool valid);
    void *arg;
    bool selected;
    bool judged;
    bool too_large; /* the client certificate is */
    int alert;      /* the alert with which yett ended the handshake; 0: none (close_notify does not
                       count) */
    struct verdict verdict;
    STACK_OF(X509) * chain; /* of a client with a good verdict, if somebody asks for it later */
    struct proof *proof;    /* of a good verdict */
    uint64_t lists_serial;  /* trust_lists_serial() before the verdict */
    char *sni;              /* of the ClientHello, lower case; NULL before it */
    size_t sni_n;
};

/* The ClientHello callback: selects the server block for the rest of the handshake. */
int block_on_hello(SSL *ssl, int *alert, void *arg);

#endif
