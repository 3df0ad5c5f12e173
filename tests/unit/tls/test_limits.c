/* SPDX-License-Identifier: Apache-2.0 */
/* What a handshake can carry: the checks of the load, and the handshakes that they are about. */
#include "tls/limits.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "tls/block.h"
#include "vhosts.h"

/* Names of `total` bytes as a handshake carries them, each with two for its length: one entry of
 * OU, whose text has fifteen bytes beside it. */
static STACK_OF(X509_NAME) * names_of(size_t total)
{
    enum { BESIDE = 15, TEXT = 40 };
    unsigned char aaa[TEXT * 2];
    memset(aaa, 'a', sizeof(aaa));
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    while (total) {
        size_t text = total >= 2 * (size_t)(BESIDE + TEXT) ? TEXT : total - BESIDE;
        text = text > 64 ? 32 : text; /* the longest OU; what is left is enough for another */
        X509_NAME *name = X509_NAME_new();
        assert_true(X509_NAME_add_entry_by_NID(name, NID_organizationalUnitName, MBSTRING_ASC, aaa,
                                               (int)text, -1, 0));
        assert_int_equal(i2d_X509_NAME(name, NULL) + 2, text + BESIDE);
        sk_X509_NAME_push(names, name);
        total -= text + BESIDE;
    }
    return names;
}

/* A handshake that asks for certificates with these names: how it ends. */
static enum io shake(STACK_OF(X509_NAME) * names, int version, bool *by_us, const char *cipher)
{
    struct fixture f;
    struct wire wire;
    fixture_make(&f, VERIFY_OPTIONAL, VERIFY_OFF);
    fixture_build(&f);
    if (names) {
        SSL_CTX_set_client_CA_list(f.server_a->ctx, names);
    }
    SSL_CTX *ctx = client_ctx(version, NULL);
    assert_true(!cipher || SSL_CTX_set_cipher_list(ctx, cipher));
    talk(&wire, &f, ctx, "a.test", NULL, NULL);
    enum io io = wire.result;
    *by_us = transport_failed_by_us(&wire.server);
    wire_close(&wire);
    SSL_CTX_free(ctx);
    fixture_free(&f);
    return io;
}

enum { NAMES_MAX = 65023 };

static void names_that_fit_are_sent(void **unused)
{
    struct error err;
    bool by_us;
    STACK_OF(X509_NAME) *names = names_of(NAMES_MAX);
    assert_true(limits_check_names(names, "cas.pem", &err));
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    assert_int_equal(shake(names_of(NAMES_MAX), TLS1_2_VERSION, &by_us, NULL), IO_DONE);
    assert_int_equal(shake(names_of(NAMES_MAX), TLS1_3_VERSION, &by_us, NULL), IO_DONE);
}

static void names_that_do_not_are_an_error_before(void **unused)
{
    struct error err;
    STACK_OF(X509_NAME) *names = names_of(NAMES_MAX + 1);
    assert_false(limits_check_names(names, "cas.pem", &err));
    assert_non_null(strstr(err.text, "\"cas.pem\" have 65024 bytes"));
    assert_non_null(strstr(err.text, "ssl_trusted_certificate"));
    sk_X509_NAME_pop_free(names, X509_NAME_free);
}

static void a_handshake_that_cannot_be_built_is_our_fault(void **unused)
{
    bool by_us = false;
    assert_int_equal(shake(names_of(66000), TLS1_2_VERSION, &by_us, NULL), IO_FAILED);
    assert_true(by_us);
    by_us = false;
    assert_int_equal(shake(names_of(66000), TLS1_3_VERSION, &by_us, NULL), IO_FAILED);
    assert_true(by_us);
}

static void a_client_without_our_ciphers_fails_by_its_own(void **unused)
{
    bool by_us = true;
    assert_int_equal(shake(NULL, TLS1_2_VERSION, &by_us, "ECDHE-PSK-AES128-CBC-SHA256:AECDH"),
                     IO_FAILED);
    assert_false(by_us);
}

static void a_chain_that_no_client_takes(void **unused)
{
    struct error err;
    STACK_OF(X509) *chain = sk_X509_new_null();
    int each = i2d_X509(world.root.cert, NULL) + 3;
    int leaf = i2d_X509(world.client.cert, NULL) + 3;
    for (int i = 0; i < (100 * 1024 - leaf) / each; i++) {
        sk_X509_push(chain, world.root.cert);
    }
    assert_true(limits_check_chain(world.client.cert, chain, "chain.pem", &err));
    sk_X509_push(chain, world.root.cert);
    assert_false(limits_check_chain(world.client.cert, chain, "chain.pem", &err));
    assert_non_null(strstr(err.text, "certificates in \"chain.pem\""));
    sk_X509_free(chain);
}

static void a_staple_that_no_client_takes(void **unused)
{
    struct error err;
    assert_true(limits_check_staple(16380, &err));
    assert_false(limits_check_staple(16381, &err));
    assert_non_null(strstr(err.text, "has 16381 bytes"));
}

static bool ciphers_do(unsigned protocols, const char *ciphers)
{
    struct plain p;
    struct error err = {""};
    struct tls_server *server = NULL;
    plain_make(&p, &world, "a", VERIFY_OFF);
    p.s.protocols = protocols;
    p.s.ciphers = str_of(ciphers);
    struct tls_sessions *sessions = tls_sessions_new(0, SECRET);
    struct tls_server_context context = {sessions, NULL, &quiet, NULL};
    bool ok = tls_server_new(&p.s, "x", &context, &server, &err);
    assert_int_equal(ok, strstr(err.text, "no cipher of \"ssl_ciphers\" can be used") == NULL);
    tls_server_free(server);
    tls_sessions_free(sessions);
    plain_free(&p);
    return ok;
}

/* The key is an EC one. */
static void ciphers_that_fit_no_key(void **unused)
{
    assert_false(ciphers_do(TLS_1_2, "ECDHE-RSA-AES128-GCM-SHA256"));
    assert_true(ciphers_do(TLS_1_2, "ECDHE-ECDSA-AES128-GCM-SHA256"));
    assert_true(ciphers_do(TLS_1_2, "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"));
    assert_true(ciphers_do(TLS_1_2 | TLS_1_3, "ECDHE-RSA-AES128-GCM-SHA256"));
}

static int make(void **unused)
{
    world_make(&world);
    return 0;
}

static int clean(void **unused)
{
    world_remove(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_fit_are_sent),
        cmocka_unit_test(names_that_do_not_are_an_error_before),
        cmocka_unit_test(a_handshake_that_cannot_be_built_is_our_fault),
        cmocka_unit_test(a_client_without_our_ciphers_fails_by_its_own),
        cmocka_unit_test(a_chain_that_no_client_takes),
        cmocka_unit_test(a_staple_that_no_client_takes),
        cmocka_unit_test(ciphers_that_fit_no_key),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
