/* SPDX-License-Identifier: Apache-2.0 */
/* Setting up the one TLS context, everything loaded before the first connection. */
#include "bench/load_tls.h"

#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>

static bool complain(const char *what, const char *which)
{
    char detail[256];

    ERR_error_string_n(ERR_get_error(), detail, sizeof(detail));
    fprintf(stderr, "yett-load: %s \"%s\": %s\n", what, which, detail);
    return false;
}

static bool certificate_load(SSL_CTX *ctx, const struct tls_options *options)
{
    if (options->cert == NULL) {
        return true;
    }
    if (SSL_CTX_use_certificate_chain_file(ctx, options->cert) != 1) {
        return complain("cannot load certificate", options->cert);
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, options->key, SSL_FILETYPE_PEM) != 1) {
        return complain("cannot load key", options->key);
    }
    return true;
}

static bool context_set(SSL_CTX *ctx, const struct tls_options *options)
{
    if (SSL_CTX_set_min_proto_version(ctx, options->version) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, options->version) != 1) {
        return complain("cannot set protocol", "TLS");
    }
    if (SSL_CTX_set1_groups_list(ctx, options->groups) != 1) {
        return complain("cannot set groups", options->groups);
    }
    if (SSL_CTX_load_verify_file(ctx, options->ca) != 1) {
        return complain("cannot load CA", options->ca);
    }
    static const unsigned char h2[] = "\x02h2";
    if (options->http2 && SSL_CTX_set_alpn_protos(ctx, h2, sizeof(h2) - 1) != 0) {
        return complain("cannot offer", "h2");
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    /* The certificate file holds the chain: nothing is to be searched for in each handshake. */
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    return certificate_load(ctx, options);
}

SSL_CTX *tls_context_new(const struct tls_options *options,
                         int (*session_new)(SSL *ssl, SSL_SESSION *session))
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL || !context_set(ctx, options)) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    if (session_new != NULL) {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(ctx, session_new);
    } else {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    }
    return ctx;
}
