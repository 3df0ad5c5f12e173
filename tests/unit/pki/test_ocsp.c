/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of OCSP responders: what is believed, and the twins that are not. */
#include "pki/ocsp.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "../ocsp_maker.h"

static struct test_pair root, leaf, other, twin, stranger, rekeyed;
static struct test_pair delegate, plain, any_usage, late, foreign, nested, below, no_signing,
    rsa_delegate;
static struct test_pair negative, positive;

static bool judge(struct test_ocsp spec, struct ocsp_answer *out, struct error *err)
{
    if (!spec.cert) {
        spec.cert = &leaf;
    }
    if (!spec.issuer) {
        spec.issuer = &root;
    }
    struct str der = test_ocsp_response(spec);
    bool ok = ocsp_judge(der, leaf.cert, root.cert, time(NULL), out, err);
    free((char *)(uintptr_t)der.p);
    return ok;
}

static void good(struct test_ocsp spec)
{
    struct ocsp_answer answer;
    struct error err = {""};
    if (!judge(spec, &answer, &err)) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(answer.status, OCSP_GOOD);
}

static void bad(struct test_ocsp spec, const char *sentence)
{
    struct ocsp_answer answer;
    struct error err = {""};
    assert_false(judge(spec, &answer, &err));
    assert_int_equal(answer.status, OCSP_UNKNOWN);
    if (!strstr(err.text, sentence)) {
        fail_msg("\"%s\" is not in \"%s\"", sentence, err.text);
    }
}

static void statuses(void **unused)
{
    struct ocsp_answer answer;
    struct error err = {""};
    time_t now = time(NULL);
    good((struct test_ocsp){0});
    good((struct test_ocsp){.by_key = true});
    assert_true(judge((struct test_ocsp){.status = V_OCSP_CERTSTATUS_REVOKED}, &answer, &err));
    assert_int_equal(answer.status, OCSP_REVOKED);
    assert_string_equal(ocsp_reason_text(answer.reason), "keyCompromise");
    assert_in_range(answer.revoked, now - 1810, now - 1790);
    assert_in_range(ocsp_until(&answer, now), now + 3590, now + 3610);
    assert_true(judge((struct test_ocsp){.status = V_OCSP_CERTSTATUS_UNKNOWN}, &answer, &err));
    assert_int_equal(answer.status, OCSP_UNKNOWN);
    bad((struct test_ocsp){.response = OCSP_RESPONSE_STATUS_TRYLATER}, "trylater");
    bad((struct test_ocsp){.response = OCSP_RESPONSE_STATUS_UNAUTHORIZED}, "unauthorized");
    bad((struct test_ocsp){.response = OCSP_RESPONSE_STATUS_INTERNALERROR}, "internalerror");
}

static void whom_it_is_about(void **unused)
{
    good((struct test_ocsp){.id_md = EVP_sha256()});
    bad((struct test_ocsp){.cert = &other}, "status not found");
    bad((struct test_ocsp){.cert = &other, .id_md = EVP_sha256()}, "status not found");
    /* The same serial number of a CA with the same name and another key. */
    bad((struct test_ocsp){.cert = &twin, .issuer = &rekeyed}, "status not found");
    bad((struct test_ocsp){.twice = true}, "two answers");
    bad((struct test_ocsp){.critical = 1}, "unknown critical extension");
    bad((struct test_ocsp){.critical = 2}, "unknown critical extension");
}

static void signers(void **unused)
{
    good((struct test_ocsp){.signer = &delegate});
    good((struct test_ocsp){.signer = &delegate, .by_key = true});
    bad((struct test_ocsp){.signer = &plain}, "does not allow OCSP signing");
    bad((struct test_ocsp){.signer = &leaf}, "does not allow OCSP signing");
    bad((struct test_ocsp){.signer = &any_usage}, "does not allow OCSP signing");
    bad((struct test_ocsp){.signer = &no_signing}, "does not allow OCSP signing");
    bad((struct test_ocsp){.signer = &late}, "certificate has expired");
    bad((struct test_ocsp){.signer = &foreign}, "cannot be verified against the issuer");
    bad((struct test_ocsp){.signer = &below},
        "cannot be verified against the issuer"); /* by the CA's sub-CA */
    bad((struct test_ocsp){.signer = &stranger}, "");
    bad((struct test_ocsp){.signer = &rekeyed}, "OCSP_basic_verify() failed");
    bad((struct test_ocsp){.signer = &delegate, .sent = &plain}, "signed by neither");
    bad((struct test_ocsp){.signer = &delegate, .md = EVP_sha1()}, "weak digest");
    bad((struct test_ocsp){.md = EVP_sha1()},
        "the OCSP response: its signature uses a weak digest");
}

/* The digest may stand in the parameters of RSA-PSS (RFC 4055, 3.1), and two of them. */
static void rsa_pss(void **unused)
{
    good((struct test_ocsp){.signer = &rsa_delegate});
    good((struct test_ocsp){.signer = &rsa_delegate, .pss = EVP_sha256()});
    good((struct test_ocsp){.signer = &rsa_delegate, .pss = EVP_sha512()});
    bad((struct test_ocsp){.signer = &rsa_delegate, .pss = EVP_sha1()}, "weak digest (SHA1)");
    bad((struct test_ocsp){.signer = &rsa_delegate, .md = EVP_sha1()}, "weak digest (SHA1)");
    bad((struct test_ocsp){.signer = &rsa_delegate, .pss = EVP_sha256(), .pss_mask = EVP_sha1()},
        "weak digest (SHA1)");
}

/* A negative serial number is another than the positive one of the same octets (X.690, 8.3). */
static void signs_of_serials(void **unused)
{
    struct ocsp_answer answer;
    struct error err = {""};
    struct test_ocsp spec = {.cert = &negative, .issuer = &root};
    struct str der = test_ocsp_response(spec);
    assert_true(ocsp_judge(der, negative.cert, root.cert, time(NULL), &answer, &err));
    assert_false(ocsp_judge(der, positive.cert, root.cert, time(NULL), &answer, &err));
    assert_non_null(strstr(err.text, "status not found"));
    free((char *)(uintptr_t)der.p);
}

static void times(void **unused)
{
    good((struct test_ocsp){.from = OCSP_SKEW_S - 30});
    bad((struct test_ocsp){.from = OCSP_SKEW_S + 30}, "not yet valid");
    good((struct test_ocsp){.from = -7200, .until = -OCSP_SKEW_S + 30});
    bad((struct test_ocsp){.from = -7200, .until = -OCSP_SKEW_S - 30}, "has expired");
    bad((struct test_ocsp){.from = -10, .until = -20}, "has a nextUpdate before its thisUpdate");
    good((struct test_ocsp){.from = -10, .until = OCSP_NO_END});
    bad((struct test_ocsp){.from = -OCSP_SKEW_S - 30, .until = OCSP_NO_END}, "no nextUpdate");

    time_t now = time(NULL);
    struct ocsp_answer answer = {.this_update = now, .next_update = now};
    assert_int_equal(ocsp_until(&answer, now), now);
    assert_int_equal(ocsp_until(&answer, now + 1), 0);
    answer.next_update = 0;
    assert_int_equal(ocsp_until(&answer, now), 0);
}

/* An expired answer can be told from one that was never right. */
static void read_without_age(void **unused)
{
    struct ocsp_answer answer;
    struct error err = {""};
    struct test_ocsp spec = {
        .cert = &leaf, .issuer = &root, .signer = &late, .from = -1800, .until = -1750};
    struct str der = test_ocsp_response(spec);
    assert_true(ocsp_read(der, leaf.cert, root.cert, 0, &answer, &err));
    assert_false(ocsp_is_current(&answer, time(NULL), &err));
    assert_false(ocsp_read(der, leaf.cert, root.cert, time(NULL), &answer, &err));
    assert_false(ocsp_read(der, other.cert, root.cert, 0, &answer, &err));
    free((char *)(uintptr_t)der.p);
}

static void bytes(void **unused)
{
    struct ocsp_answer answer;
    struct error err = {""};
    time_t now = time(NULL);
    struct str der = test_ocsp_response((struct test_ocsp){.cert = &leaf, .issuer = &root});
    assert_true(ocsp_judge(der, leaf.cert, root.cert, now, &answer, &err));
    for (size_t n = 0; n < der.n; n++) {
        assert_false(ocsp_judge(str_head(der, n), leaf.cert, root.cert, now, &answer, &err));
    }
    char *longer = malloc(der.n + 1);
    memcpy(longer, der.p, der.n);
    longer[der.n] = 0;
    struct str with_more = {longer, der.n + 1};
    assert_false(ocsp_judge(with_more, leaf.cert, root.cert, now, &answer, &err));
    assert_non_null(strstr(err.text, "not an OCSP response"));
    for (size_t i = 0; i < der.n; i += 7) {
        memcpy(longer, der.p, der.n);
        longer[i] = (char)(longer[i] ^ 0x40);
        struct str changed = {longer, der.n};
        if (ocsp_judge(changed, leaf.cert, root.cert, now, &answer, &err)) {
            assert_int_equal(answer.status, OCSP_GOOD); /* a byte that is not signed */
        }
    }
    free(longer);
    free((char *)(uintptr_t)der.p);
}

static void requests(void **unused)
{
    struct arena arena;
    struct error err = {""};
    struct str der, url;
    arena_init(&arena, 0);
    assert_true(ocsp_request(leaf.cert, root.cert, &arena, &der, &err));
    const unsigned char *p = (const unsigned char *)der.p;
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &p, (long)der.n);
    assert_non_null(request);
    assert_int_equal(OCSP_request_onereq_count(request), 1);
    OCSP_CERTID *asked = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0));
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf.cert, root.cert);
    assert_int_equal(OCSP_id_cmp(asked, id), 0);
    assert_int_equal(OCSP_REQUEST_get_ext_count(request), 0);
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(request);

    assert_false(ocsp_responder(root.cert, &arena, &url, &err));
    assert_string_equal(err.text, "no OCSP responder URL in the certificate");
    assert_false(ocsp_responder(other.cert, &arena, &url, &err));
    assert_string_equal(
        err.text, "invalid URL prefix in OCSP responder \"https://only.test/\" in the certificate");
    assert_true(ocsp_responder(leaf.cert, &arena, &url, &err));
    assert_true(str_eq(url, STR("http://ocsp.test/x")));
    arena_deinit(&arena);
}

static void trusted_issuers(void **unused)
{
    time_t now = time(NULL);
    STACK_OF(X509) *trusted = sk_X509_new_null();
    assert_false(ocsp_issuer_trusted(root.cert, NULL, trusted, now));
    sk_X509_push(trusted, root.cert);
    assert_true(ocsp_issuer_trusted(root.cert, NULL, trusted, now));
    assert_true(ocsp_issuer_trusted(nested.cert, NULL, trusted, now));
    assert_false(ocsp_issuer_trusted(nested.cert, NULL, trusted, now + 10 * 86400));
    assert_false(ocsp_issuer_trusted(stranger.cert, NULL, trusted, now));
    assert_false(ocsp_issuer_trusted(rekeyed.cert, NULL, trusted, now));
    sk_X509_pop(trusted);
    sk_X509_push(trusted, nested.cert); /* no root: its own end */
    assert_true(ocsp_issuer_trusted(nested.cert, NULL, trusted, now));
    sk_X509_free(trusted);
}

static int make_all(void **unused)
{
    root = test_pair_new((struct test_spec){.cn = "Root", .ca = true});
    rekeyed = test_pair_new((struct test_spec){.cn = "Root", .ca = true});
    stranger = test_pair_new((struct test_spec){.cn = "Stranger", .ca = true});
    nested = test_pair_new((struct test_spec){.cn = "Nested", .ca = true, .issuer = &root});
    leaf = test_pair_new(
        (struct test_spec){.cn = "leaf",
                           .issuer = &root,
                           .serial = 17,
                           .aia = "OCSP;URI:https://first.test/,OCSP;URI:http://ocsp.test/x"});
    other = test_pair_new((struct test_spec){
        .cn = "other", .issuer = &root, .serial = 18, .aia = "OCSP;URI:https://only.test/"});
    twin = test_pair_new((struct test_spec){.cn = "leaf", .issuer = &rekeyed, .serial = 17});
    const char *usage = "OCSPSigning";
    delegate = test_pair_new((struct test_spec){.cn = "delegate", .issuer = &root, .eku = usage});
    rsa_delegate = test_pair_new(
        (struct test_spec){.cn = "rsa", .issuer = &root, .eku = usage, .rsa_bits = 2048});
    negative = test_pair_new((struct test_spec){.cn = "-1", .issuer = &root, .serial = -1});
    positive = test_pair_new((struct test_spec){.cn = "255", .issuer = &root, .serial = 255});
    plain = test_pair_new((struct test_spec){.cn = "plain", .issuer = &root, .eku = "clientAuth"});
    any_usage = test_pair_new(
        (struct test_spec){.cn = "any", .issuer = &root, .eku = "anyExtendedKeyUsage"});
    late = test_pair_new((struct test_spec){
        .cn = "late", .issuer = &root, .eku = usage, .from = -3600, .until = -600});
    foreign = test_pair_new((struct test_spec){.cn = "f", .issuer = &stranger, .eku = usage});
    below = test_pair_new((struct test_spec){.cn = "below", .issuer = &nested, .eku = usage});
    no_signing = test_pair_new((struct test_spec){
        .cn = "no", .issuer = &root, .eku = usage, .ca = true}); /* keyCertSign, cRLSign */
    return 0;
}

static int free_all(void **unused)
{
    struct test_pair *all[] = {&root,     &leaf,     &other, &twin,       &stranger,
                               &rekeyed,  &delegate, &plain, &any_usage,  &late,
                               &foreign,  &nested,   &below, &no_signing, &rsa_delegate,
                               &negative, &positive};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        test_pair_free(all[i]);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses),         cmocka_unit_test(whom_it_is_about),
        cmocka_unit_test(signers),          cmocka_unit_test(times),
        cmocka_unit_test(read_without_age), cmocka_unit_test(bytes),
        cmocka_unit_test(requests),         cmocka_unit_test(trusted_issuers),
        cmocka_unit_test(rsa_pss),          cmocka_unit_test(signs_of_serials),
    };
    return cmocka_run_group_tests(tests, make_all, free_all);
}
