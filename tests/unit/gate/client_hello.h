/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS 1.2 ClientHello that offers what no client library would, and a server that has read it. */
#ifndef TEST_GATE_CLIENT_HELLO_H
#define TEST_GATE_CLIENT_HELLO_H

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/buf.h"

static inline void put_u16(struct buf *out, size_t n)
{
    buf_byte(out, (char)(n >> 8));
    buf_byte(out, (char)n);
}

/* `n` numbers that no suite and no group has. */
static inline void put_unknown(struct buf *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_u16(out, 0x5a00 + i % 256);
    }
}

/* Suites: TLS_AES_128_GCM_SHA256 and `unknown` more. Groups: P-256 and as many more. */
static inline void put_client_hello(struct buf *out, size_t unknown)
{
    static const char HEAD[] = "\x16\x03\x01";
    static const char EMPTY[33]; /* random, and a session id of no length */
    size_t list = 2 * (unknown + 1);
    size_t extensions = 4 + 2 + list;
    size_t hello = 2 + sizeof(EMPTY) + 2 + list + 2 + 2 + extensions;
    buf_append(out, (struct str){HEAD, 3});
    put_u16(out, 4 + hello);
    buf_byte(out, 1);
    buf_byte(out, 0);
    put_u16(out, hello);
    put_u16(out, TLS1_2_VERSION);
    buf_append(out, (struct str){EMPTY, sizeof(EMPTY)});
    put_u16(out, list);
    put_u16(out, 0x1301);
    put_unknown(out, unknown);
    put_u16(out, 0x0100); /* one compression method: none */
    put_u16(out, extensions);
    put_u16(out, TLSEXT_TYPE_supported_groups);
    put_u16(out, 2 + list);
    put_u16(out, list);
    put_u16(out, 23);
    put_unknown(out, unknown);
}

/*
 * A server's SSL that has read such a ClientHello. It has no certificate, so the handshake goes no
 * further; what the client offered is known by then.
 */
static inline SSL *client_hello_read(size_t unknown)
{
    struct buf hello = {0};
    put_client_hello(&hello, unknown);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem());
    assert(ssl && in);
    int written = BIO_write(in, buf_view(&hello).p, (int)buf_size(&hello));
    assert(written == (int)buf_size(&hello));
    SSL_set_bio(ssl, in, BIO_new(BIO_s_mem()));
    int done = SSL_accept(ssl);
    assert(done != 1);
    ERR_clear_error();
    SSL_CTX_free(ctx);
    buf_deinit(&hello);
    return ssl;
}

#endif
