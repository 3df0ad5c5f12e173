/* SPDX-License-Identifier: Apache-2.0 */
/* What ssl_verify_client makes of a verdict, and of a server that cannot say what it demands. */
#include "site/client.h"

// clang-format off
#include "../gate/live.h"
// clang-format on

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/compiler.h"
#include "site/server.h"

static struct live live;

static const struct {
    struct verdict verdict;
    int on, optional, no_ca;
} ROWS[] = {
    {{VERDICT_GOOD, X509_V_OK, 0, 0}, 0, 0, 0},
    {{VERDICT_NO_CERTIFICATE, X509_V_OK, 0, 0}, 496, 0, 0},
    {{VERDICT_BAD, X509_V_ERR_CERT_HAS_EXPIRED, 0, 0}, 495, 495, 495},
    {{VERDICT_BAD, X509_V_ERR_CERT_REVOKED, 0, 0}, 495, 495, 495},
    {{VERDICT_BAD, X509_V_ERR_UNABLE_TO_GET_CRL, 1, 0}, 495, 495, 495},
    {{VERDICT_BAD, X509_V_ERR_INVALID_PURPOSE, 0, 0}, 495, 495, 495},
    {{VERDICT_BAD, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0, 0}, 495, 495, 0},
    {{VERDICT_BAD, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0, 0}, 495, 495, 0},
};

static void verdicts(void **unused)
{
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        const struct verdict *verdict = &ROWS[i].verdict;
        assert_int_equal(client_refusal_of(VERIFY_OFF, verdict), 0);
        assert_int_equal(client_refusal_of(VERIFY_ON, verdict), ROWS[i].on);
        assert_int_equal(client_refusal_of(VERIFY_OPTIONAL, verdict), ROWS[i].optional);
        assert_int_equal(client_refusal_of(VERIFY_OPTIONAL_NO_CA, verdict), ROWS[i].no_ca);
    }
}

/* A request to `server` on a connection that was let in by another server. */
static struct request *ask(struct server *server, SSL *ssl)
{
    struct error err;
    static struct listener listener;
    assert_true(live_load(&live, NULL, "", &err));
    *server = (struct server){.root = live.server.root};
    listener = (struct listener){.fallback = server};
    struct request *request = live_request(&live, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    live.conn.listener = &listener;
    live.conn.phase = CONNECTION_CLOSED;
    live.conn.transport.ssl = ssl;
    request->walk.facts.listener = &listener;
    request->walk.facts.secure = ssl != NULL;
    return request;
}

static void end(SSL *ssl)
{
    live.conn.transport.ssl = NULL;
    live_deinit(&live);
    SSL_free(ssl);
}

static void a_server_without_tls_lets_nobody_in_over_tls(void **unused)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL *ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    struct server server;
    struct request *request = ask(&server, ssl);
    request->walk.server = &server;
    assert_int_equal(client_refusal(&request->walk), 500);
    assert_str(live_value(&live, "[$ssl_client_verify]"), "[NONE]");
    assert_str(live_value(&live, "[$ssl_client_s_dn]"), "[]");
    end(ssl);
}

static void a_connection_is_not_taken_to_a_server_without_tls(void **unused)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL *ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    struct server server;
    struct request *request = ask(&server, ssl);
    struct decision decision;
    assert_int_equal(server_step(&request->walk, &decision), WALK_OVER);
    assert_int_equal(decision.status, 421);
    assert_true(decision.ends_connection);
    end(ssl);
}

static void without_tls_there_is_nothing_to_demand(void **unused)
{
    struct server server;
    struct request *request = ask(&server, NULL);
    struct decision decision;
    assert_int_equal(server_step(&request->walk, &decision), WALK_CLIENT);
    assert_ptr_equal(request->walk.server, &server);
    assert_int_equal(client_refusal(&request->walk), 0);
    end(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(a_server_without_tls_lets_nobody_in_over_tls),
        cmocka_unit_test(a_connection_is_not_taken_to_a_server_without_tls),
        cmocka_unit_test(without_tls_there_is_nothing_to_demand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
