/* SPDX-License-Identifier: Apache-2.0 */
/* The block that SNI selects holds completely: nothing of the address's default block shows
 * through. */
#include "tls/block.h"

#include <openssl/err.h>

#include "tls/hello.h"
#include "vhosts.h"

static bool sni_of(const char *bytes, size_t n, char out[256])
{
    size_t out_n;
    bool ok = hello_sni((const unsigned char *)bytes, n, out, &out_n);
    out[out_n] = '\0';
    return ok;
}

#define SNI(literal, out) sni_of("" literal, sizeof(literal) - 1, out)

static void names(void **unused)
{
    char out[256];
    assert_true(SNI("\0\x9\0\0\x6"
                    "a.test",
                    out));
    assert_string_equal(out, "a.test");
    assert_true(SNI("\0\xa\0\0\x7"
                    "A.tEST.",
                    out));
    assert_string_equal(out, "a.test");
    assert_true(SNI("\0\x6\0\0\x3"
                    "a_1",
                    out));
    /* Lengths that do not fit, another type, two names, nothing, bytes behind. */
    assert_false(SNI("", out));
    assert_false(SNI("\0\0", out));
    assert_false(SNI("\0\x9\0\0\x5"
                     "a.test",
                     out));
    assert_false(SNI("\0\x8\0\0\x6"
                     "a.test",
                     out));
    assert_false(SNI("\0\x9\0\0\x7"
                     "a.test",
                     out));
    assert_false(SNI("\0\x9\1\0\x6"
                     "a.test",
                     out));
    assert_false(SNI("\0\x8\0\0\1a\0\0\1b", out));
    assert_false(SNI("\0\x3\0\0\0", out));
    /* Characters and labels. */
    assert_false(SNI("\0\x6\0\0\x3"
                     "a\0b",
                     out));
    assert_string_equal(out, "");
    assert_false(SNI("\0\x6\0\0\x3"
                     "a b",
                     out));
    assert_false(SNI("\0\x6\0\0\x3"
                     "a/b",
                     out));
    assert_false(SNI("\0\x6\0\0\x3"
                     "::1",
                     out));
    assert_false(SNI("\0\x7\0\0\x4"
                     "a..b",
                     out));
    assert_false(SNI("\0\x5\0\0\x2"
                     ".b",
                     out));
    assert_false(SNI("\0\x4\0\0\x1.", out));
    assert_false(SNI("\0\x6\0\0\x3"
                     "a\xc3\xa4",
                     out));
    unsigned char label[5 + 64] = {0, 67, 0, 0, 64};
    size_t n;
    memset(label + 5, 'x', 64);
    assert_false(hello_sni(label, sizeof(label), out, &n));
    label[1] = 66;
    label[4] = 63;
    assert_true(hello_sni(label, sizeof(label) - 1, out, &n));
    assert_int_equal(n, 63);
}

static void select_is_told(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    fixture_build(&f);
    static const struct {
        const char *sent;
        const char *told;
        bool valid;
    } CASES[] = {
        {"B.TEST.", "b.test", true},
        {"unknown.test", "unknown.test", true},
        {NULL, "", true},
        {"bad name", "", false},
    };
    SSL_CTX *ctx = client_ctx(0, NULL);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct wire wire;
        f.vhosts.calls = 0;
        talk(&wire, &f, ctx, CASES[i].sent, NULL, NULL);
        assert_int_equal(wire.result, IO_DONE);
        assert_int_equal(f.vhosts.calls, 1);
        assert_string_equal(f.vhosts.sni, CASES[i].told);
        assert_int_equal(f.vhosts.valid, CASES[i].valid);
        assert_true(str_eq(transport_sni(&wire.server), str_of(CASES[i].told)));
        assert_ptr_equal(wire.server.server, i == 0 ? f.server_b : f.server_a);
        wire_close(&wire);
    }
    struct wire wire;
    talk(&wire, &f, ctx, "reject.test", NULL, NULL);
    assert_int_equal(wire.result, IO_FAILED);
    assert_int_not_equal(wire.client_result, 1);
    assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_UNRECOGNIZED_NAME);
    ERR_clear_error();
    wire_close(&wire);
    SSL_CTX_free(ctx);
    fixture_free(&f);
}

static void reject_handshake(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    f.a.s.reject_handshake = true;
    f.a.s.certificates.n = 0;
    fixture_build(&f);
    SSL_CTX *ctx = client_ctx(0, NULL);
    struct wire wire;
    talk(&wire, &f, ctx, "a.test", NULL, NULL);
    assert_int_equal(wire.result, IO_FAILED);
    wire_close(&wire);
    ERR_clear_error();
    talk(&wire, &f, ctx, "b.test", NULL, NULL); /* the default has no certificate; this one has */
    assert_int_equal(wire.result, IO_DONE);
    wire_close(&wire);
    SSL_CTX_free(ctx);
    fixture_free(&f);
}

/* Byte by byte, and over several records: it is still one ClientHello. */
static void fragmented_hello(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    fixture_build(&f);
    SSL_CTX *ctx = client_ctx(0, NULL);
    struct wire wire;
    wire_open(&wire, ctx, "b.test", NULL, NULL);
    BIO *out = BIO_new(BIO_s_mem());
    SSL_set0_wbio(wire.client, out);
    SSL_do_handshake(wire.client);
    unsigned char hello[4096];
    int n = BIO_read(out, hello, sizeof(hello));
    assert_true(n > 100);
    SSL_set_fd(wire.client, wire.fds[1]);
    assert_true(transport_accept_tls(&wire.server, f.server_a, choose, &f.vhosts, &wire.err));
    for (int at = 5; at < n; at += 40) { /* 5: the record's head */
        int size = n - at < 40 ? n - at : 40;
        unsigned char record[45] = {0x16, 3, 1, 0, (unsigned char)size};
        memcpy(record + 5, hello + at, (size_t)size);
        for (int i = 0; i < size + 5; i++) {
            assert_int_equal(write(wire.fds[1], record + i, 1), 1);
            assert_int_equal(transport_handshake(&wire.server, &wire.err), IO_WANT_READ);
        }
    }
    assert_int_equal(f.vhosts.calls, 1);
    assert_string_equal(f.vhosts.sni, "b.test");
    wire_run(&wire);
    assert_int_equal(wire.result, IO_DONE);
    wire_close(&wire);
    SSL_CTX_free(ctx);
    fixture_free(&f);
}

static bool connects(struct fixture *f, SSL_CTX *ctx, const char *sni)
{
    struct wire wire;
    talk(&wire, f, ctx, sni, NULL, NULL);
    bool ok = wire.result == IO_DONE && wire.client_result == 1;
    wire_close(&wire);
    ERR_clear_error();
    return ok;
}

static void protocols(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    f.a.s.protocols = TLS_1_2;
    f.b.s.protocols = TLS_1_3;
    fixture_build(&f);
    SSL_CTX *tls12 = client_ctx(TLS1_2_VERSION, NULL);
    SSL_CTX *tls13 = client_ctx(TLS1_3_VERSION, NULL);
    assert_true(connects(&f, tls12, "a.test"));
    assert_false(connects(&f, tls13, "a.test"));
    assert_false(connects(&f, tls12, "b.test"));
    assert_true(connects(&f, tls13, "b.test"));
    SSL_CTX_free(tls12);
    SSL_CTX_free(tls13);
    fixture_free(&f);
}

static void ciphers_and_curves(void **unused)
{
    struct tls_command suites[] = {{STR("Ciphersuites"), STR("TLS_CHACHA20_POLY1305_SHA256")}};
    struct tls_command groups[] = {{STR("groups"), STR("P-521")}};
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    f.a.s.ciphers = STR("ECDHE-ECDSA-AES128-GCM-SHA256");
    f.a.s.curves = STR("P-384");
    f.b.s.ciphers = STR("ECDHE-ECDSA-AES256-GCM-SHA384");
    f.b.s.commands = suites;
    f.b.s.commands_n = 1;
    fixture_build(&f);
    SSL_CTX *only128 = client_ctx(TLS1_2_VERSION, NULL);
    SSL_CTX_set_cipher_list(only128, "ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_CTX *only256 = client_ctx(TLS1_2_VERSION, NULL);
    SSL_CTX_set_cipher_list(only256, "ECDHE-ECDSA-AES256-GCM-SHA384");
    SSL_CTX *aes = client_ctx(TLS1_3_VERSION, NULL);
    SSL_CTX_set_ciphersuites(aes, "TLS_AES_128_GCM_SHA256");
    SSL_CTX *x25519 = client_ctx(TLS1_3_VERSION, NULL);
    SSL_CTX_set1_groups_list(x25519, "X25519");
    SSL_CTX *p384 = client_ctx(TLS1_3_VERSION, NULL);
    SSL_CTX_set1_groups_list(p384, "P-384");
    assert_true(connects(&f, only128, "a.test"));
    assert_false(connects(&f, only128, "b.test"));
    assert_false(connects(&f, only256, "a.test"));
    assert_true(connects(&f, only256, "b.test"));
    assert_true(connects(&f, aes, "a.test"));
    assert_false(connects(&f, aes, "b.test"));
    assert_false(connects(&f, x25519, "a.test"));
    assert_true(connects(&f, x25519, "b.test"));
    assert_true(connects(&f, p384, "a.test"));
    /* The other way: the default block is open, the named one narrow; by a command this time. */
    fixture_free(&f);
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    f.b.s.commands = groups;
    f.b.s.commands_n = 1;
    fixture_build(&f);
    assert_true(connects(&f, x25519, "a.test"));
    assert_false(connects(&f, x25519, "b.test"));
    SSL_CTX *ctxs[] = {only128, only256, aes, x25519, p384};
    for (size_t i = 0; i < 5; i++) {
        SSL_CTX_free(ctxs[i]);
    }
    fixture_free(&f);
}

/* With a HelloRetryRequest there are two ClientHellos, and one choice. */
static void hello_retry(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_ON);
    f.b.s.curves = STR("P-384");
    fixture_build(&f);
    SSL_CTX *ctx = client_ctx(TLS1_3_VERSION, &world.client);
    SSL_CTX_set1_groups_list(ctx, "X25519:P-384");
    struct wire wire;
    talk(&wire, &f, ctx, "b.test", NULL, NULL);
    assert_int_equal(wire.result, IO_DONE);
    assert_int_equal(f.vhosts.calls, 1);
    assert_ptr_equal(wire.server.server, f.server_b);
    assert_int_equal(wire.server.verdict.status, VERDICT_GOOD);
    wire_close(&wire);
    SSL_CTX_free(ctx);
    fixture_free(&f);
}

/* The client changes its mind once it has seen the server's first answer. */
static const char *second_name;

static void on_message(int sent, int version, int type, const void *data, size_t n, SSL *ssl,
                       void *arg)
{
    const unsigned char *bytes = data;
    if (!sent && type == SSL3_RT_HANDSHAKE && n && bytes[0] == SSL3_MT_SERVER_HELLO) {
        SSL_set_tlsext_host_name(ssl, second_name);
    }
}

/* RFC 8446, 4.1.2: the second ClientHello is not for another server, nor for none. */
static void hello_retry_for_another(void **unused)
{
    static const struct {
        const char *first;
        const char *second;
        bool good;
    } CASES[] = {
        {"b.test", "b.test", true},    {"b.test", "B.Test", true},  {"b.test", "a.test", false},
        {"b.test", NULL, false},       {"a.test", "b.test", false}, {NULL, "b.test", false},
        {"b.test", "bad name", false}, {NULL, NULL, true},
    };
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_ON);
    f.a.s.curves = f.b.s.curves = STR("P-384");
    fixture_build(&f);
    SSL_CTX *ctx = client_ctx(TLS1_3_VERSION, &world.client);
    SSL_CTX_set1_groups_list(ctx, "X25519:P-384");
    SSL_CTX_set_msg_callback(ctx, on_message);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct wire wire;
        second_name = CASES[i].second;
        talk(&wire, &f, ctx, CASES[i].first, NULL, NULL);
        assert_int_equal(wire.result, CASES[i].good ? IO_DONE : IO_FAILED);
        wire_close(&wire);
    }
    SSL_CTX_free(ctx);
    fixture_free(&f);
}

static int asked;
static char asked_ca[256];

static int on_asked(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
    asked++;
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
    asked_ca[0] = '\0';
    for (int i = 0; i < sk_X509_NAME_num(names); i++) {
        char name[100];
        X509_NAME_oneline(sk_X509_NAME_value(names, i), name, sizeof(name));
        size_t n = strlen(asked_ca);
        snprintf(asked_ca + n, sizeof(asked_ca) - n, "%s", name);
    }
    return 0;
}

static void demands(void **unused)
{
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        for (int turn = 0; turn < 2; turn++) {
            struct fixture f;
            fixture_make(&f, turn ? VERIFY_ON : VERIFY_OFF, turn ? VERIFY_OFF : VERIFY_ON);
            struct tls_server_settings *on = turn ? &f.a.s : &f.b.s;
            on->trusted_certificate = world_path(&world, "other.pem");
            fixture_build(&f);
            SSL_CTX *ctx = client_ctx(VERSIONS[i], NULL);
            SSL_CTX_set_client_cert_cb(ctx, on_asked);
            asked = 0;
            assert_true(connects(&f, ctx, turn ? "b.test" : "a.test"));
            assert_int_equal(asked, 0);
            assert_true(connects(&f, ctx, turn ? "a.test" : "b.test"));
            assert_int_equal(asked, 1);
            assert_string_equal(asked_ca, "/C=CH/CN=root"); /* trusted ones are not announced */
            SSL_CTX_free(ctx);
            ctx = client_ctx(VERSIONS[i], &world.foreign);
            struct wire wire;
            talk(&wire, &f, ctx, turn ? "a.test" : "b.test", NULL, NULL);
            assert_int_equal(wire.result, IO_DONE);
            assert_int_equal(wire.server.verdict.status, VERDICT_GOOD); /* but they count */
            wire_close(&wire);
            SSL_CTX_free(ctx);
            free(on->trusted_certificate);
            fixture_free(&f);
        }
    }
}

static void alpn(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    fixture_build(&f);
    SSL_CTX *ctx = client_ctx(0, NULL);
    SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x2h2\x8http/1.1", 12);
    assert_true(connects(&f, ctx, "a.test"));
    SSL_CTX_set_alpn_protos(ctx,
                            (const unsigned char *)"\x3"
                                                   "ftp",
                            4);
    assert_false(connects(&f, ctx, "a.test"));
    SSL_CTX_free(ctx);
    fixture_free(&f);
}

/* Whether two connections hold the same object for the CA that came along. */
static bool hold_the_same(struct fixture *f, const struct test_pair *pair,
                          const struct test_pair *ca)
{
    struct wire wires[2];
    struct harvest harvests[2] = {{NULL, 0}, {NULL, 0}};
    X509 *heads[2];
    SSL_CTX *ctx = client_ctx(0, pair);
    assert_int_equal(SSL_CTX_add1_chain_cert(ctx, ca->cert), 1);
    for (size_t i = 0; i < 2; i++) {
        talk(&wires[i], f, ctx, "a.test", NULL, &harvests[i]);
        assert_int_equal(wires[i].result, IO_DONE);
        heads[i] = sk_X509_value(SSL_get_peer_cert_chain(wires[i].server.ssl), 0);
        assert_int_equal(X509_cmp(heads[i], ca->cert), 0);
        assert_int_equal(X509_cmp(transport_peer_cert(&wires[i].server), pair->cert), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        SSL_SESSION_free(harvests[i].session);
        wire_close(&wires[i]);
    }
    SSL_CTX_free(ctx);
    return heads[0] == heads[1];
}

/* An intermediate CA's certificate is there once, however many of its clients are; but strangers
 * put nothing in its place. */
static void intermediates_are_shared(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_ON, VERIFY_OFF);
    fixture_build(&f);
    assert_true(hold_the_same(&f, &world.client_inter, &world.inter));
    assert_false(hold_the_same(&f, &world.foreign, &world.other_root));
    fixture_free(&f);
}

int main(void)
{
    world_make(&world);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(select_is_told),
        cmocka_unit_test(reject_handshake),
        cmocka_unit_test(fragmented_hello),
        cmocka_unit_test(protocols),
        cmocka_unit_test(ciphers_and_curves),
        cmocka_unit_test(hello_retry),
        cmocka_unit_test(hello_retry_for_another),
        cmocka_unit_test(demands),
        cmocka_unit_test(alpn),
        cmocka_unit_test(intermediates_are_shared),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_remove(&world);
    return failed;
}
