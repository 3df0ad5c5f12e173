/* SPDX-License-Identifier: Apache-2.0 */
/* Which list speaks of which certificate, and whose word on an issuer is believed. */
#include "pki/trust.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "../certs.h"
#include "../lists.h"

enum { USERS_ONLY = 1, AUTHORITIES_ONLY };

static struct test_pair root, inter, leaf, deep, deputy;

static struct trust *trust_new_under(struct crl_slot *slot, const struct test_pair *authority)
{
    const struct trust_source ca = {"ca.pem", test_pem_certs(&authority, 1)};
    const struct trust_options options = {.purpose = TRUST_CLIENTS,
                                          .authorities = &ca,
                                          .authorities_n = 1,
                                          .lists = slot,
                                          .lists_name = STR("crl.pem"),
                                          .depth = 2,
                                          .security_level = 1};
    struct trust *trust = NULL;
    struct error err = {""};
    if (!trust_new(&options, &trust, &err)) {
        fail_msg("%s", err.text);
    }
    free((char *)(uintptr_t)ca.pem.p);
    return trust;
}

/* Consumes the lists. */
static struct crl_set *set_of(X509_CRL *const *crls, size_t n, const struct trust *trust)
{
    struct str pem = test_pem_crls(crls, n);
    struct crl_set *set = test_lists(pem, trust_authorities(trust));
    free((char *)(uintptr_t)pem.p);
    for (size_t i = 0; i < n; i++) {
        X509_CRL_free(crls[i]);
    }
    return set;
}

static X509_CRL *scoped(const struct test_pair *ca, long serial, int scope)
{
    X509_CRL *crl = test_crl(ca, serial, 0, 0);
    ISSUING_DIST_POINT *point = ISSUING_DIST_POINT_new();
    *(scope == USERS_ONLY ? &point->onlyuser : &point->onlyCA) = 0xff;
    assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, point, 1, 0), 1);
    ISSUING_DIST_POINT_free(point);
    X509_CRL_sign(crl, ca->key, EVP_sha256());
    return crl;
}

/* A certificate around a key and name of somebody else's choice. */
static X509 *certify(const struct test_pair *subject, const struct test_pair *issuer,
                     EVP_PKEY *signer, const char *usage)
{
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 77);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, subject->key);
    X509_set_subject_name(cert, X509_get_subject_name(subject->cert));
    X509_set_issuer_name(cert, X509_get_subject_name(issuer->cert));
    if (subject == &inter) {
        test_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
    }
    test_extension(cert, cert, NID_key_usage, usage);
    X509_sign(cert, signer, EVP_sha256());
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);
    const unsigned char *p = der;
    X509_free(cert);
    cert = d2i_X509(NULL, &p, n);
    OPENSSL_free(der);
    return cert;
}

static int code_of(const struct trust *trust, X509 *cert, X509 *sent)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct proof *proof = NULL;
    time_t now = time(NULL);
    if (sent) {
        sk_X509_push(chain, sent);
    }
    struct verdict verdict = trust_verify(trust, cert, chain, NULL, now, &proof);
    if (proof) {
        assert_int_equal(trust_judge_again(trust, proof, now).code, verdict.code);
    }
    proof_unref(proof);
    sk_X509_free(chain);
    return verdict.code;
}

/* keyUsage does not make an authority of it: the lists of users speak of it (RFC 5280, 6.3.3 (b)).
 */
static void usage_is_no_authority(void **unused)
{
    (void)unused;
    struct crl_slot *slot = crl_slot_new();
    struct trust *trust = trust_new_under(slot, &root);
    X509 *cert = certify(&deputy, &root, root.key, "digitalSignature,keyCertSign");
    X509_CRL *revoked[] = {scoped(&root, 77, USERS_ONLY), scoped(&root, 0, AUTHORITIES_ONLY)};
    X509_CRL *other[] = {scoped(&root, 0, USERS_ONLY), scoped(&root, 77, AUTHORITIES_ONLY)};
    struct crl_set *set = set_of(revoked, 2, trust);
    crl_slot_put(slot, set);
    assert_int_equal(code_of(trust, cert, NULL), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(trust, leaf.cert, NULL), X509_V_OK);
    crl_slot_put(slot, set_of(other, 2, trust));
    assert_int_equal(code_of(trust, cert, NULL), X509_V_OK);
    X509_free(cert);
    trust_free(trust);
    crl_slot_free(slot);
}

/*
 * Who has no key at all can send a certificate with an issuer's name and key. That it may not sign
 * lists, or that its lists are others', holds for nobody else.
 */
static void made_up_issuer(void **unused)
{
    (void)unused;
    struct crl_slot *slot = crl_slot_new();
    struct trust *trust = trust_new_under(slot, &root);
    X509_CRL *lists[] = {test_crl(&root, 0, 0, 0), test_crl(&inter, 0, 0, 0)};
    X509_CRL *after[] = {test_crl(&root, 0, 0, 0), test_crl(&inter, 11, 0, 0)};
    crl_slot_put(slot, set_of(lists, 2, trust));
    X509 *made_up = certify(&inter, &root, deputy.key, "keyCertSign");
    assert_int_not_equal(code_of(trust, deep.cert, made_up), X509_V_OK);
    assert_int_equal(code_of(trust, deep.cert, inter.cert), X509_V_OK);
    crl_slot_put(slot, set_of(after, 2, trust));
    assert_int_not_equal(code_of(trust, deep.cert, made_up), X509_V_OK);
    assert_int_equal(code_of(trust, deep.cert, inter.cert), X509_V_ERR_CERT_REVOKED);
    X509_free(made_up);
    trust_free(trust);
    crl_slot_free(slot);
}

/* Of two true certificates of one key the one that may sign lists decides, whichever comes first.
 */
static void issued_twice(void **unused)
{
    (void)unused;
    struct crl_slot *slot = crl_slot_new();
    struct trust *trust = trust_new_under(slot, &root);
    X509_CRL *lists[] = {test_crl(&root, 0, 0, 0), test_crl(&inter, 0, 0, 0)};
    crl_slot_put(slot, set_of(lists, 2, trust));
    X509 *before = certify(&inter, &root, root.key, "keyCertSign");
    assert_int_equal(code_of(trust, deep.cert, before), X509_V_ERR_UNABLE_TO_GET_CRL);
    assert_int_equal(code_of(trust, deep.cert, inter.cert), X509_V_OK);
    X509_free(before);
    trust_free(trust);
    crl_slot_free(slot);
}

/* Other lists come between an issuer's being found in the old ones and its being remembered. */
static void met_while_swapping(void **unused)
{
    (void)unused;
    struct crl_slot *slot = crl_slot_new();
    struct trust *trust = trust_new_under(slot, &root);
    X509_CRL *lists[] = {test_crl(&root, 0, 0, 0), test_crl(&inter, 0, 0, 0)};
    X509_CRL *after[] = {test_crl(&root, 0, 0, 0), test_crl(&inter, 99, 0, 0)};
    X509_CRL *naming[] = {test_crl(&root, 0, 0, 0), test_crl(&inter, 11, 0, 0)};
    struct crl_slot *aside = crl_slot_new();
    struct trust *before = trust_new_under(aside, &root);
    crl_slot_put(aside, set_of(lists, 2, trust));
    struct proof *proof = NULL;
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, inter.cert);
    time_t now = time(NULL);
    assert_int_equal(trust_verify(before, deep.cert, chain, NULL, now, &proof).code, X509_V_OK);
    crl_slot_put(slot, set_of(after, 2, trust));
    crl_slot_met(slot, inter.cert);
    assert_int_equal(trust_judge_again(trust, proof, now).code, X509_V_OK);
    crl_slot_put(slot, set_of(naming, 2, trust));
    assert_int_equal(trust_judge_again(trust, proof, now).code, X509_V_ERR_CERT_REVOKED);
    proof_unref(proof);
    sk_X509_free(chain);
    trust_free(before);
    trust_free(trust);
    crl_slot_free(aside);
    crl_slot_free(slot);
}

/* PKITS 4.4.14 and 4.4.15: entries are DER INTEGERs, with a sign. */
static void signs_of_serials(void **unused)
{
    (void)unused;
    struct crl_slot *slot = crl_slot_new();
    struct trust *trust = trust_new_under(slot, &root);
    struct test_pair positive =
        test_pair_new((struct test_spec){.cn = "255", .issuer = &root, .serial = 255});
    struct test_pair negative =
        test_pair_new((struct test_spec){.cn = "-1", .issuer = &root, .serial = -1});
    X509_CRL *of_negative[] = {test_crl(&root, -1, 0, 0)};
    X509_CRL *of_positive[] = {test_crl(&root, 255, 0, 0)};
    crl_slot_put(slot, set_of(of_negative, 1, trust));
    assert_int_equal(code_of(trust, positive.cert, NULL), X509_V_OK);
    assert_int_equal(code_of(trust, negative.cert, NULL), X509_V_ERR_CERT_REVOKED);
    crl_slot_put(slot, set_of(of_positive, 1, trust));
    assert_int_equal(code_of(trust, positive.cert, NULL), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(trust, negative.cert, NULL), X509_V_OK);
    test_pair_free(&positive);
    test_pair_free(&negative);
    trust_free(trust);
    crl_slot_free(slot);
}

static void say(void *arg, const char *text)
{
    assert_non_null(strstr(text, "no CRL of \"CN=root,C=CH\""));
    ++*(int *)arg;
}

/* With lists of users alone, a root has none for itself: all is refused, and that is said. */
static void users_alone(void **unused)
{
    (void)unused;
    struct crl_slot *slot = crl_slot_new();
    struct trust *trust = trust_new_under(slot, &root);
    X509_CRL *users[] = {scoped(&root, 0, USERS_ONLY)};
    X509_CRL *both[] = {scoped(&root, 0, USERS_ONLY), scoped(&root, 0, AUTHORITIES_ONLY)};
    int said = 0;
    crl_slot_put(slot, set_of(users, 1, trust));
    assert_int_equal(code_of(trust, leaf.cert, NULL), X509_V_ERR_UNABLE_TO_GET_CRL);
    assert_int_equal(trust_report(trust, time(NULL), say, &said), 1);
    assert_int_equal(said, 1);
    crl_slot_put(slot, set_of(both, 2, trust));
    assert_int_equal(code_of(trust, leaf.cert, NULL), X509_V_OK);
    assert_int_equal(trust_report(trust, time(NULL), say, &said), 0);
    trust_free(trust);
    crl_slot_free(slot);
}

int main(void)
{
    root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    inter =
        test_pair_new((struct test_spec){.cn = "inter", .issuer = &root, .ca = true, .serial = 12});
    leaf = test_pair_new((struct test_spec){.cn = "leaf", .issuer = &root, .serial = 10});
    deep = test_pair_new((struct test_spec){.cn = "deep", .issuer = &inter, .serial = 11});
    deputy = test_pair_new((struct test_spec){.cn = "deputy", .issuer = &root, .serial = 13});
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage_is_no_authority), cmocka_unit_test(made_up_issuer),
        cmocka_unit_test(issued_twice),          cmocka_unit_test(met_while_swapping),
        cmocka_unit_test(users_alone),           cmocka_unit_test(signs_of_serials),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    struct test_pair *all[] = {&root, &inter, &leaf, &deep, &deputy};
    for (size_t i = 0; i < 5; i++) {
        test_pair_free(all[i]);
    }
    return failed;
}
