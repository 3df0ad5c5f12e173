/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS side of the load generator: one context for all its connections. */
#ifndef BENCH_LOAD_TLS_H
#define BENCH_LOAD_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls_options {
    const char *ca;   /* PEM file: the root that the server's chain must end in */
    const char *cert; /* PEM file: leaf, then intermediates; NULL for no client certificate */
    const char *key;  /* PEM file */
    char *groups;     /* OpenSSL's list of key exchange groups; its macro takes no const */
    int version;      /* TLS1_2_VERSION or TLS1_3_VERSION, nothing else is offered */
    bool http2;       /* h2 is offered by ALPN; otherwise there is no ALPN */
};

/*
 * A new context, which the caller frees. Sessions go to `session_new` (see
 * SSL_CTX_sess_set_new_cb), or nowhere if that is NULL. On failure prints a sentence to stderr and
 * returns NULL.
 */
SSL_CTX *tls_context_new(const struct tls_options *options,
                         int (*session_new)(SSL *ssl, SSL_SESSION *session));

#endif
