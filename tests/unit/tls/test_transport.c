/* SPDX-License-Identifier: Apache-2.0 */
/* Handshakes, the choice of the block, and bytes both ways. */
#include "tls/transport.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <errno.h>
#include <openssl/err.h>

#include "vhosts.h"

static void verdicts(void **unused)
{
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    const struct {
        const struct test_pair *pair;
        enum verdict_status status;
        int code;
    } CASES[] = {
        {NULL, VERDICT_NO_CERTIFICATE, 0},
        {&world.client, VERDICT_GOOD, 0},
        {&world.expired, VERDICT_BAD, X509_V_ERR_CERT_HAS_EXPIRED},
        {&world.revoked, VERDICT_BAD, X509_V_ERR_CERT_REVOKED},
        {&world.foreign, VERDICT_BAD, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE},
    };
    struct fixture f;
    fixture_make(&f, VERIFY_ON, VERIFY_OFF);
    plain_crl(&f.a, &world);
    fixture_build(&f);
    for (size_t v = 0; v < 2; v++) {
        for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
            struct wire wire;
            SSL_CTX *ctx = client_ctx(VERSIONS[v], CASES[i].pair);
            talk(&wire, &f, ctx, "a.test", NULL, NULL);
            assert_int_equal(wire.result, IO_DONE);
            assert_int_equal(wire.client_result, 1);
            assert_ptr_equal(wire.server.server, f.server_a);
            assert_int_equal(wire.server.verdict.status, CASES[i].status);
            assert_int_equal(wire.server.verdict.code, CASES[i].code);
            assert_int_equal(transport_peer_cert(&wire.server) != NULL, CASES[i].pair != NULL);
            wire_close(&wire);
            SSL_CTX_free(ctx);
        }
    }
    fixture_free(&f);
}

/* A good client's certificate with so many bytes of names. */
static struct test_pair huge_client(size_t n)
{
    enum { NAME = 40 };
    size_t size = n * 2 + 64;
    char *san = malloc(size);
    size_t len = 0;
    for (size_t bytes = 0; bytes < n; bytes += NAME) {
        len += (size_t)snprintf(san + len, size - len, "%sDNS:%038zu", bytes ? "," : "", bytes);
    }
    struct test_pair pair =
        test_pair_new((struct test_spec){.cn = "huge", .issuer = &world.root, .san = san});
    free(san);
    return pair;
}

/* RFC 8446, 4.6.1: a ticket holds 64 KB, and with it the session's certificate. */
static void huge_certificates(void **unused)
{
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    static const struct {
        size_t names;
        const char *refusal; /* NULL: none */
    } CASES[] = {
        {55000, NULL},
        {61000, "client certificate is too large"},
        {70000, "client certificate is too large"},
        {95000, "client certificate is too large"},
        {120000, "excessive message size"},
    };
    struct fixture f;
    fixture_make(&f, VERIFY_ON, VERIFY_OFF);
    fixture_build(&f);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct test_pair pair = huge_client(CASES[i].names);
        for (size_t v = 0; v < 2; v++) {
            struct wire wire;
            SSL_CTX *ctx = client_ctx(VERSIONS[v], &pair);
            talk(&wire, &f, ctx, "a.test", NULL, NULL);
            if (CASES[i].refusal) {
                assert_int_equal(wire.result, IO_FAILED);
                assert_non_null(strstr(wire.err.text, CASES[i].refusal));
            } else {
                assert_int_equal(wire.result, IO_DONE);
                assert_int_equal(wire.server.verdict.status, VERDICT_GOOD);
            }
            wire_close(&wire);
            SSL_CTX_free(ctx);
        }
        test_pair_free(&pair);
    }
    fixture_free(&f);
}

/* Whether a side has its own key of the key exchange still, or that of its peer. */
static bool has_exchange_key(SSL *ssl, bool own)
{
    EVP_PKEY *key = NULL;
    unsigned char *bytes = NULL;
    if (!(own ? SSL_get_tmp_key(ssl, &key) : SSL_get_peer_tmp_key(ssl, &key))) {
        return false;
    }
    bool has = EVP_PKEY_get1_encoded_public_key(key, &bytes) > 0;
    OPENSSL_free(bytes);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return has;
}

/* … and the connection goes on, with new keys when the client wants them. */
static void keys_of_the_exchange_are_forgotten(void **unused)
{
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct fixture f;
    fixture_make(&f, VERIFY_ON, VERIFY_OFF);
    fixture_build(&f);
    for (size_t v = 0; v < 2; v++) {
        SSL_CTX *ctx = client_ctx(VERSIONS[v], &world.client);
        struct wire wire;
        char data[8];
        size_t n = 0;
        talk(&wire, &f, ctx, "a.test", NULL, NULL);
        assert_int_equal(wire.result, IO_DONE);
        assert_int_equal(ERR_peek_error(), 0);
        assert_true(has_exchange_key(wire.client, false)); /* OpenSSL's own way */
        assert_false(has_exchange_key(wire.server.ssl, true));
        assert_false(has_exchange_key(wire.server.ssl, false));
        assert_true(SSL_get_negotiated_group(wire.server.ssl) != NID_undef);
        if (VERSIONS[v] == TLS1_3_VERSION) {
            assert_int_equal(SSL_key_update(wire.client, SSL_KEY_UPDATE_REQUESTED), 1);
        }
        assert_int_equal(SSL_write(wire.client, "in", 2), 2);
        enum io io;
        do { /* the key update is no data */
            io = transport_read(&wire.server, data, sizeof(data), &n, &wire.err);
        } while (io == IO_WANT_READ && transport_pending(&wire.server));
        assert_int_equal(io, IO_DONE);
        assert_memory_equal(data, "in", 2);
        assert_int_equal(transport_write(&wire.server, STR("out"), &n, &wire.err), IO_DONE);
        assert_int_equal(SSL_read(wire.client, data, sizeof(data)), 3);
        wire_close(&wire);
        SSL_CTX_free(ctx);
    }
    fixture_free(&f);
}

static void bytes_both_ways(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    fixture_build(&f);
    SSL_CTX *ctx = client_ctx(0, NULL);
    struct wire wire;
    talk(&wire, &f, ctx, "a.test", NULL, NULL);
    assert_int_equal(wire.result, IO_DONE);
    char data[64];
    size_t n = 0;
    assert_int_equal(transport_read(&wire.server, data, sizeof(data), &n, &wire.err), IO_WANT_READ);
    assert_false(transport_pending(&wire.server));
    assert_int_equal(SSL_write(wire.client, "hello world", 11), 11);
    assert_int_equal(transport_read(&wire.server, data, 5, &n, &wire.err), IO_DONE);
    assert_int_equal(n, 5);
    assert_true(transport_pending(&wire.server));
    assert_int_equal(transport_read(&wire.server, data, sizeof(data), &n, &wire.err), IO_DONE);
    assert_memory_equal(data, " world", 6);
    assert_int_equal(transport_read(&wire.server, data, sizeof(data), &n, &wire.err), IO_WANT_READ);
    assert_false(transport_pending(&wire.server));

    const struct str parts[] = {STR("HTTP/1.1 200 OK\r\n"), STR(""), STR("\r\n"), STR("body")};
    assert_int_equal(transport_writev(&wire.server, parts, 4, &n, &wire.err), IO_DONE);
    assert_int_equal(n, 23);
    assert_int_equal(SSL_read(wire.client, data, sizeof(data)), 23);
    assert_memory_equal(data, "HTTP/1.1 200 OK\r\n\r\nbody", 23);

    transport_shutdown(&wire.server);
    assert_int_equal(SSL_read(wire.client, data, sizeof(data)), 0);
    assert_int_equal(SSL_get_error(wire.client, 0), SSL_ERROR_ZERO_RETURN);
    SSL_shutdown(wire.client);
    assert_int_equal(transport_read(&wire.server, data, sizeof(data), &n, &wire.err), IO_CLOSED);
    wire_close(&wire);
    SSL_CTX_free(ctx);
    fixture_free(&f);
}

/* Fills the socket, so that a record is half sent; the retry comes with the same bytes elsewhere.
 */
static void writes_resume(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    fixture_build(&f);
    SSL_CTX *ctx = client_ctx(0, NULL);
    struct wire wire;
    talk(&wire, &f, ctx, "a.test", NULL, NULL);
    assert_int_equal(wire.result, IO_DONE);
    enum { TOTAL = 3 << 20 };
    unsigned char *text = malloc(TOTAL);
    for (size_t i = 0; i < TOTAL; i++) {
        text[i] = (unsigned char)(i * 31 >> 3);
    }
    size_t sent = 0;
    size_t got = 0;
    bool blocked = false;
    while (got < TOTAL) {
        size_t n = 0;
        enum io io = IO_DONE;
        while (sent < TOTAL && io == IO_DONE) {
            size_t left = TOTAL - sent;
            size_t first = left < 100 ? left : 100;
            char *moved = malloc(left);
            memcpy(moved, text + sent, left);
            const struct str parts[] = {{moved, first}, {moved + first, left - first}};
            io = transport_writev(&wire.server, parts, 2, &n, &wire.err);
            free(moved);
            if (io == IO_DONE) {
                sent += n;
            }
        }
        assert_true(io == IO_DONE || io == IO_WANT_WRITE);
        blocked = blocked || io == IO_WANT_WRITE;
        unsigned char back[16384];
        for (int r; got < TOTAL && (r = SSL_read(wire.client, back, sizeof(back))) > 0;) {
            assert_memory_equal(back, text + got, (size_t)r);
            got += (size_t)r;
        }
    }
    assert_true(blocked);
    free(text);
    wire_close(&wire);
    SSL_CTX_free(ctx);
    fixture_free(&f);
}

static void ends(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    fixture_build(&f);
    SSL_CTX *ctx = client_ctx(0, NULL);
    struct wire wire;
    char data[16];
    size_t n;

    talk(&wire, &f, ctx, "a.test", NULL, NULL);
    shutdown(wire.fds[1], SHUT_RDWR); /* no close_notify */
    assert_int_equal(transport_read(&wire.server, data, sizeof(data), &n, &wire.err), IO_CLOSED);
    wire_close(&wire);

    wire_open(&wire, ctx, "a.test", NULL, NULL);
    assert_true(transport_accept_tls(&wire.server, f.server_a, choose, &f.vhosts, &wire.err));
    shutdown(wire.fds[1], SHUT_RDWR); /* in the handshake */
    assert_int_equal(transport_handshake(&wire.server, &wire.err), IO_CLOSED);
    assert_string_equal(wire.err.text, "peer closed connection in SSL handshake");
    wire_close(&wire);

    wire_open(&wire, ctx, "a.test", NULL, NULL);
    assert_true(transport_accept_tls(&wire.server, f.server_a, choose, &f.vhosts, &wire.err));
    assert_int_equal(write(wire.fds[1], "GET / HTTP/1.0\r\n\r\n", 18), 18);
    assert_int_equal(transport_handshake(&wire.server, &wire.err), IO_FAILED);
    assert_string_equal(
        wire.err.text,
        "SSL_do_handshake() failed (SSL: error:0A00009C:SSL routines::http request)");
    assert_int_equal(ERR_peek_error(), 0);
    wire_close(&wire);
    SSL_CTX_free(ctx);
    fixture_free(&f);
}

static void in_the_clear(void **unused)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    struct transport transport;
    struct error err = {""};
    char data[16];
    size_t n = 0;
    transport_init(&transport, fds[0]);
    assert_int_equal(transport_handshake(&transport, &err), IO_DONE);
    assert_int_equal(transport_read(&transport, data, sizeof(data), &n, &err), IO_WANT_READ);
    const struct str parts[] = {STR("ab"), STR("cd")};
    assert_int_equal(transport_writev(&transport, parts, 2, &n, &err), IO_DONE);
    assert_int_equal(n, 4);
    assert_int_equal(read(fds[1], data, sizeof(data)), 4);
    assert_memory_equal(data, "abcd", 4);
    assert_int_equal(write(fds[1], "xy", 2), 2);
    assert_int_equal(transport_read(&transport, data, sizeof(data), &n, &err), IO_DONE);
    assert_int_equal(n, 2);
    close(fds[1]);
    assert_int_equal(transport_read(&transport, data, sizeof(data), &n, &err), IO_CLOSED);
    assert_int_equal(transport_write(&transport, STR("z"), &n, &err), IO_FAILED);
    assert_string_equal(err.text, "writev() failed (32: Broken pipe)");
    transport_deinit(&transport);
    close(fds[0]);
}

int main(void)
{
    world_make(&world);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(huge_certificates),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(keys_of_the_exchange_are_forgotten),
        cmocka_unit_test(bytes_both_ways),
        cmocka_unit_test(writes_resume),
        cmocka_unit_test(ends),
        cmocka_unit_test(in_the_clear),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_remove(&world);
    return failed;
}
