/* SPDX-License-Identifier: Apache-2.0 */
/* One certificate's staple: what is taken, what is shown, until when; and in a handshake. */
#include "tls/staple.h"

#include <openssl/ssl.h>

#include "../ocsp_maker.h"
#include "vhosts.h"

static bool offer(struct staple *staple, struct test_ocsp spec, time_t now, struct error *err)
{
    struct ocsp_answer answer;
    spec.cert = spec.cert ? spec.cert : &world.server;
    spec.issuer = &world.root;
    struct str der = test_ocsp_response(spec);
    bool ok = staple_offer(staple, der, now, &answer, err);
    free((char *)(uintptr_t)der.p);
    return ok;
}

static bool shown(struct staple *staple, time_t now)
{
    unsigned char *data;
    size_t n = 0;
    bool ok = staple_copy(staple, now, &data, &n);
    assert_int_equal(ok, n > 0);
    OPENSSL_free(data);
    return ok;
}

static void offers(void **unused)
{
    struct error err;
    time_t now = time(NULL);
    struct staple *staple = staple_new(world.server.cert, world.root.cert, "a.pem");
    assert_false(shown(staple, now));
    assert_false(offer(staple, (struct test_ocsp){.cert = &world.client}, now, &err));
    assert_false(offer(staple, (struct test_ocsp){.signer = &world.other_root}, now, &err));
    assert_false(offer(staple, (struct test_ocsp){.status = V_OCSP_CERTSTATUS_UNKNOWN}, now, &err));
    assert_non_null(strstr(err.text, "\"unknown\""));
    assert_false(offer(staple, (struct test_ocsp){.until = OCSP_NO_END}, now, &err));
    assert_non_null(strstr(err.text, "no nextUpdate"));
    /* Within the skew that is forgiven otherwise, but over. */
    assert_false(offer(staple, (struct test_ocsp){.from = -90, .until = -30}, now, &err));
    assert_false(shown(staple, now));

    assert_true(offer(staple, (struct test_ocsp){.from = -60, .until = 100}, now, &err));
    assert_true(shown(staple, now));
    assert_true(shown(staple, now + 95));
    assert_false(shown(staple, now + 105));
    assert_false(offer(staple, (struct test_ocsp){.from = -120, .until = 1000}, now, &err));
    assert_non_null(strstr(err.text, "older"));
    assert_true(offer(staple, (struct test_ocsp){.from = -50, .until = 1000}, now, &err));
    assert_true(shown(staple, now + 990));
    assert_false(
        offer(staple, (struct test_ocsp){.response = OCSP_RESPONSE_STATUS_TRYLATER}, now, &err));
    assert_true(shown(staple, now + 990));
    assert_true(offer(staple, (struct test_ocsp){.from = -40, .status = V_OCSP_CERTSTATUS_REVOKED},
                      now, &err));
    staple_free(staple);
}

static long stapled(struct fixture *f, const char *sni, bool asks)
{
    struct wire wire;
    SSL_CTX *ctx = client_ctx(0, NULL);
    if (asks) {
        SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
    }
    talk(&wire, f, ctx, sni, NULL, NULL);
    assert_int_equal(wire.result, IO_DONE);
    const unsigned char *data;
    long n = SSL_get_tlsext_status_ocsp_resp(wire.client, &data);
    wire_close(&wire);
    SSL_CTX_free(ctx);
    return n;
}

static void in_the_handshake(void **unused)
{
    struct fixture f;
    struct error err;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    char *trusted = world_path(&world, "root.pem");
    f.b.s.stapling = true;
    f.b.s.stapling_responder = STR("http://x/");
    f.b.s.trusted_certificate = trusted;
    fixture_build(&f);
    assert_null(tls_server_staple(f.server_a, 0));
    struct staple *staple = tls_server_staple(f.server_b, 0);
    assert_non_null(staple);
    assert_null(tls_server_staple(f.server_b, 1));
    assert_true(str_eq(staple_responder(staple), STR("http://x/")));
    assert_int_equal(stapled(&f, "b.test", true), -1);
    assert_true(offer(staple, (struct test_ocsp){.cert = &world.server_b}, time(NULL), &err));
    assert_true(stapled(&f, "b.test", true) > 0);
    assert_int_equal(stapled(&f, "b.test", false), -1);
    assert_int_equal(stapled(&f, "a.test", true), -1);
    fixture_free(&f);
    free(trusted);
}

int main(void)
{
    world_make(&world);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers),
        cmocka_unit_test(in_the_handshake),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_remove(&world);
    return failed;
}
