/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts on chains: for each that passes, the twins that do not. */
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

static struct test_pair root, root2, inter, leaf, deep, server, forger, alone, forged_inter;

static void free_text(struct str s)
{
    free((char *)(uintptr_t)s.p);
}

static struct str pem_of(const struct test_pair *a, const struct test_pair *b)
{
    const struct test_pair *both[] = {a, b};
    return test_pem_certs(both, b ? 2 : 1);
}

static struct crl_slot *slots[64];
static size_t slots_n;

static struct crl_slot *new_slot(void)
{
    assert_true(slots_n < 64);
    return slots[slots_n++] = crl_slot_new();
}

static struct trust *trust_of(struct str authorities, struct str crls, unsigned depth,
                              enum trust_purpose purpose)
{
    const struct trust_source ca = {"ca.pem", authorities};
    const struct trust_options options = {
        .purpose = purpose,
        .authorities = &ca,
        .authorities_n = authorities.n ? 1 : 0,
        .lists = crls.n ? new_slot() : NULL,
        .lists_name = STR("crl.pem"),
        .depth = depth,
        .security_level = 1,
    };
    struct trust *trust = NULL;
    struct error err = {""};
    if (!trust_new(&options, &trust, &err)) {
        fail_msg("%s", err.text);
    }
    if (crls.n) {
        crl_slot_put(options.lists, test_lists(crls, trust_authorities(trust)));
    }
    return trust;
}

static bool refused(struct str authorities, struct error *err)
{
    const struct trust_source ca = {"ca.pem", authorities};
    const struct trust_options options = {.authorities = &ca, .authorities_n = 1, .depth = 1};
    struct trust *trust = NULL;
    bool ok = trust_new(&options, &trust, err);
    trust_free(trust);
    return !ok;
}

static int code_of(struct trust *trust, X509 *cert, const struct test_pair *sent, const char *host,
                   time_t now)
{
    STACK_OF(X509) *chain = NULL;
    if (sent) {
        chain = sk_X509_new_null();
        sk_X509_push(chain, sent->cert);
    }
    struct verdict verdict = trust_verify(trust, cert, chain, host, now, NULL);
    /* What is remembered says the same again. */
    struct verdict again = trust_verify(trust, cert, chain, host, now, NULL);
    assert_int_equal(again.code, verdict.code);
    assert_int_equal(again.status, verdict.status);
    assert_int_equal(verdict.status, verdict.code == X509_V_OK ? VERDICT_GOOD : VERDICT_BAD);
    sk_X509_free(chain);
    return verdict.code;
}

static void chains(void **unused)
{
    time_t now = time(NULL);
    struct str ca = pem_of(&root, NULL);
    struct trust *trust = trust_of(ca, STR(""), 1, TRUST_CLIENTS);
    assert_int_equal(code_of(trust, leaf.cert, NULL, NULL, now), X509_V_OK);
    assert_int_equal(code_of(trust, deep.cert, &inter, NULL, now), X509_V_OK);
    assert_int_equal(code_of(trust, deep.cert, NULL, NULL, now),
                     X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE);
    assert_int_equal(code_of(trust, alone.cert, NULL, NULL, now),
                     X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    /* With several faults it is the last one found, as nginx has it: a CA's key is not for clients.
     */
    assert_int_equal(code_of(trust, root2.cert, NULL, NULL, now), X509_V_ERR_INVALID_PURPOSE);
    assert_int_equal(code_of(trust, leaf.cert, NULL, NULL, now - 7200),
                     X509_V_ERR_CERT_NOT_YET_VALID);
    assert_int_equal(code_of(trust, leaf.cert, NULL, NULL, now + 2 * 86400),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    assert_int_equal(trust_verify(trust, NULL, NULL, NULL, now, NULL).status,
                     VERDICT_NO_CERTIFICATE);
    trust_free(trust);

    trust = trust_of(ca, STR(""), 0, TRUST_CLIENTS);
    assert_int_equal(code_of(trust, leaf.cert, NULL, NULL, now), X509_V_OK);
    assert_int_equal(code_of(trust, deep.cert, &inter, NULL, now),
                     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    trust_free(trust);

    trust = trust_of(STR(""), STR(""), 1, TRUST_CLIENTS);
    struct verdict unknown = trust_verify(trust, leaf.cert, NULL, NULL, now, NULL);
    assert_true(verdict_only_unknown_ca(&unknown));
    assert_string_equal(verdict_reason(&unknown), "unable to verify the first certificate");
    /* Unknown and expired is more than unknown. */
    unknown = trust_verify(trust, leaf.cert, NULL, NULL, now + 2 * 86400, NULL);
    assert_int_equal(unknown.code, X509_V_ERR_CERT_HAS_EXPIRED);
    assert_false(verdict_only_unknown_ca(&unknown));
    trust_free(trust);
    free_text(ca);
}

static void purposes_and_hosts(void **unused)
{
    time_t now = time(NULL);
    struct str ca = pem_of(&root, NULL);
    struct trust *clients = trust_of(ca, STR(""), 1, TRUST_CLIENTS);
    struct trust *servers = trust_of(ca, STR(""), 1, TRUST_SERVERS);
    assert_int_equal(code_of(clients, server.cert, NULL, NULL, now), X509_V_ERR_INVALID_PURPOSE);
    assert_int_equal(code_of(servers, server.cert, NULL, NULL, now), X509_V_OK);
    assert_int_equal(code_of(servers, server.cert, NULL, "s.test", now), X509_V_OK);
    assert_int_equal(code_of(servers, server.cert, NULL, "S.TEST", now), X509_V_OK);
    assert_int_equal(code_of(servers, server.cert, NULL, "x.w.test", now), X509_V_OK);
    assert_int_equal(code_of(servers, server.cert, NULL, "x.y.w.test", now),
                     X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(code_of(servers, server.cert, NULL, "other.test", now),
                     X509_V_ERR_HOSTNAME_MISMATCH);
    /* The common name does not count beside DNS names (RFC 6125, 6.4.4). */
    assert_int_equal(code_of(servers, server.cert, NULL, "server", now),
                     X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(code_of(servers, server.cert, NULL, "127.0.0.1", now), X509_V_OK);
    assert_int_equal(code_of(servers, server.cert, NULL, "127.0.0.2", now),
                     X509_V_ERR_IP_ADDRESS_MISMATCH);
    trust_free(clients);
    trust_free(servers);
    free_text(ca);
}

struct lists {
    X509_CRL *items[4];
    size_t n;
};

static struct str lists_pem(struct lists *lists)
{
    struct str pem = test_pem_crls(lists->items, lists->n);
    for (size_t i = 0; i < lists->n; i++) {
        X509_CRL_free(lists->items[i]);
    }
    return pem;
}

static int code_with(struct lists lists, X509 *cert, const struct test_pair *sent, time_t now)
{
    struct str ca = pem_of(&root, &inter);
    struct str crls = lists_pem(&lists);
    struct trust *trust = trust_of(ca, crls, 1, TRUST_CLIENTS);
    int code = code_of(trust, cert, sent, NULL, now);
    trust_free(trust);
    free_text(ca);
    free_text(crls);
    return code;
}

static void revocation(void **unused)
{
    time_t now = time(NULL);
    const long deep_serial = 11;
    const long inter_serial = 12;
    assert_int_equal(
        code_with((struct lists){{test_crl(&root, 0, 0, 0), test_crl(&inter, 0, 0, 0)}, 2},
                  deep.cert, NULL, now),
        X509_V_OK);
    assert_int_equal(
        code_with(
            (struct lists){{test_crl(&root, 0, 0, 0), test_crl(&inter, deep_serial, 0, 0)}, 2},
            deep.cert, NULL, now),
        X509_V_ERR_CERT_REVOKED);
    assert_int_equal(
        code_with(
            (struct lists){{test_crl(&root, inter_serial, 0, 0), test_crl(&inter, 0, 0, 0)}, 2},
            deep.cert, NULL, now),
        X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_with((struct lists){{test_crl(&root, 0, 0, 0)}, 1}, deep.cert, NULL, now),
                     X509_V_ERR_UNABLE_TO_GET_CRL);
    assert_int_equal(
        code_with((struct lists){{test_crl(&root, 0, 0, -60), test_crl(&inter, 0, 0, 0)}, 2},
                  deep.cert, NULL, now),
        X509_V_ERR_CRL_HAS_EXPIRED);
    assert_int_equal(
        code_with((struct lists){{test_crl(&root, 0, 3600, 0), test_crl(&inter, 0, 0, 0)}, 2},
                  deep.cert, NULL, now),
        X509_V_ERR_CRL_NOT_YET_VALID);
}

/* The issuer is known by its list only. Unknown it may be to optional_no_ca, revoked it may not. */
static void revoked_by_an_unknown_root(void **unused)
{
    time_t now = time(NULL);
    struct lists lists = {{test_crl(&inter, 11, 0, 0), test_crl(&root, 0, 0, 0)}, 2};
    struct str ca = pem_of(&root2, NULL);
    struct str crls = lists_pem(&lists);
    struct trust *trust = trust_of(ca, crls, 5, TRUST_CLIENTS);
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, inter.cert);
    sk_X509_push(chain, root.cert);
    struct verdict verdict = trust_verify(trust, deep.cert, chain, NULL, now, NULL);
    assert_int_equal(verdict.code, X509_V_ERR_CERT_REVOKED);
    assert_false(verdict_only_unknown_ca(&verdict));
    sk_X509_free(chain);
    trust_free(trust);
    free_text(ca);
    free_text(crls);
}

/* What was found good is good only as long as nothing it rests on changes. */
static void memory_ends(void **unused)
{
    time_t now = time(NULL);
    struct lists lists = {{test_crl(&root, 0, 0, 600), test_crl(&inter, 0, 0, 0)}, 2};
    struct str ca = pem_of(&root, &inter);
    struct str crls = lists_pem(&lists);
    struct trust *trust = trust_of(ca, crls, 1, TRUST_CLIENTS);
    assert_int_equal(code_of(trust, deep.cert, NULL, NULL, now), X509_V_OK);
    assert_int_equal(code_of(trust, deep.cert, NULL, NULL, now + 590), X509_V_OK);
    assert_int_equal(code_of(trust, deep.cert, NULL, NULL, now + 660), X509_V_ERR_CRL_HAS_EXPIRED);
    assert_int_equal(code_of(trust, deep.cert, NULL, NULL, now), X509_V_OK);
    /* The same leaf behind another chain is another question. */
    assert_int_equal(code_of(trust, deep.cert, &forger, NULL, now), X509_V_OK);
    trust_free(trust);
    free_text(crls);
    free_text(ca);

    ca = pem_of(&root, NULL);
    trust = trust_of(ca, STR(""), 1, TRUST_CLIENTS);
    assert_int_equal(code_of(trust, deep.cert, &inter, NULL, now), X509_V_OK);
    assert_int_equal(code_of(trust, deep.cert, NULL, NULL, now),
                     X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE);
    assert_int_equal(code_of(trust, deep.cert, &inter, NULL, now + 2 * 86400),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    trust_free(trust);
    free_text(ca);
}

static void bundles(void **unused)
{
    struct error err = {""};
    struct str ca = pem_of(&root, &inter);
    struct str key = test_pem_key(&root, NULL);
    assert_false(refused(ca, &err));
    assert_true(refused(STR(""), &err));
    assert_string_equal(err.text,
                        "cannot load certificate \"ca.pem\": the file contains no certificate");
    assert_true(refused(key, &err));
    assert_true(refused(str_head(ca, ca.n - 30), &err));
    assert_non_null(strstr(err.text, "\"ca.pem\": block 2 is not valid PEM (SSL: error:"));
    free_text(ca);
    free_text(key);
}

/* Other lists make an old verdict worthless at once, though it was remembered. */
static void lists_swapped(void **unused)
{
    time_t now = time(NULL);
    struct lists before = {{test_crl(&root, 0, 0, 0), test_crl(&inter, 0, 0, 0)}, 2};
    struct lists after = {{test_crl(&root, 0, 0, 0), test_crl(&inter, 11, 0, 0)}, 2};
    struct lists other = {{test_crl(&root, 0, 0, 0), test_crl(&inter, 99, 0, 0)}, 2};
    struct str texts[] = {pem_of(&root, &inter), lists_pem(&before), lists_pem(&after),
                          lists_pem(&other)};
    struct trust *trust = trust_of(texts[0], texts[1], 1, TRUST_CLIENTS);
    struct crl_slot *slot = slots[slots_n - 1];
    struct proof *proof = NULL;
    uint64_t serial = trust_lists_serial(trust);
    assert_int_equal(trust_verify(trust, deep.cert, NULL, NULL, now, &proof).code, X509_V_OK);
    assert_non_null(proof);
    struct proof *unpacked = proof_unpack(proof_packed(proof));
    assert_non_null(unpacked);

    crl_slot_put(slot, test_lists(texts[3], trust_authorities(trust)));
    assert_true(trust_lists_serial(trust) > serial);
    assert_int_equal(trust_judge_again(trust, unpacked, now).code, X509_V_OK);
    assert_int_equal(code_of(trust, deep.cert, NULL, NULL, now), X509_V_OK);

    crl_slot_put(slot, test_lists(texts[2], trust_authorities(trust)));
    assert_int_equal(trust_judge_again(trust, unpacked, now).code, X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(trust, deep.cert, NULL, NULL, now), X509_V_ERR_CERT_REVOKED);
    struct proof *none = unpacked;
    assert_int_equal(trust_verify(trust, deep.cert, NULL, NULL, now, &none).code,
                     X509_V_ERR_CERT_REVOKED);
    assert_null(none);
    assert_int_equal(trust_judge_again(trust, unpacked, now + 2 * 86400).code,
                     X509_V_ERR_CERT_HAS_EXPIRED);
    proof_unref(unpacked);
    proof_unref(proof);
    trust_free(trust);
    for (size_t i = 0; i < 4; i++) {
        free_text(texts[i]);
    }
}

/* A proof that was tampered with, or comes from somewhere else, is none. */
static void proofs(void **unused)
{
    time_t now = time(NULL);
    struct str ca = pem_of(&root, &inter);
    struct trust *trust = trust_of(ca, STR(""), 1, TRUST_CLIENTS);
    struct proof *proof = NULL;
    assert_int_equal(trust_verify(trust, deep.cert, NULL, NULL, now, &proof).code, X509_V_OK);
    struct str packed = proof_packed(proof);
    for (size_t n = 0; n < packed.n; n++) {
        assert_null(proof_unpack(str_head(packed, n)));
    }
    char longer[1024];
    memcpy(longer, packed.p, packed.n);
    longer[packed.n] = 0;
    assert_null(proof_unpack((struct str){longer, packed.n + 1}));
    struct proof *same = proof_unpack((struct str){longer, packed.n});
    assert_non_null(same);
    assert_int_equal(proof_judge(same, NULL, 0, now).status, VERDICT_GOOD);
    longer[0]++;
    assert_null(proof_unpack((struct str){longer, packed.n}));
    proof_unref(same);
    proof_unref(proof);
    trust_free(trust);
    free_text(ca);
}

/* A list whose issuer is not known until a client sends it along. */
static void issuers_met(void **unused)
{
    time_t now = time(NULL);
    struct lists before = {{test_crl(&root, 0, 0, 0), test_crl(&inter, 0, 0, 0)}, 2};
    struct lists after = {{test_crl(&root, 0, 0, 0), test_crl(&inter, 11, 0, 0)}, 2};
    struct lists foreign = {{test_crl(&root, 0, 0, 0), test_crl(&forged_inter, 0, 0, 0)}, 2};
    struct str texts[] = {pem_of(&root, NULL), lists_pem(&before), lists_pem(&after),
                          lists_pem(&foreign)};
    STACK_OF(X509) *sent = sk_X509_new_null();
    sk_X509_push(sent, inter.cert);
    struct trust *trust = trust_of(texts[0], texts[1], 1, TRUST_CLIENTS);
    struct crl_slot *slot = slots[slots_n - 1];
    struct proof *proof = NULL;
    assert_int_equal(trust_verify(trust, deep.cert, sent, NULL, now, &proof).code, X509_V_OK);
    assert_int_equal(trust_judge_again(trust, proof, now).code, X509_V_OK);
    crl_slot_put(slot, test_lists(texts[2], trust_authorities(trust)));
    assert_int_equal(trust_judge_again(trust, proof, now).code, X509_V_ERR_CERT_REVOKED);
    /* A list in its name that it has not signed is not its list. */
    crl_slot_put(slot, test_lists(texts[3], trust_authorities(trust)));
    assert_int_equal(trust_judge_again(trust, proof, now).code, X509_V_ERR_UNABLE_TO_GET_CRL);
    assert_int_equal(code_of(trust, deep.cert, &inter, NULL, now), X509_V_ERR_UNABLE_TO_GET_CRL);
    proof_unref(proof);
    trust_free(trust);
    sk_X509_free(sent);
    for (size_t i = 0; i < 4; i++) {
        free_text(texts[i]);
    }
}

static void digests(void **unused)
{
    struct lists lists = {{test_crl(&root, 0, 0, 0)}, 1};
    struct str crl = lists_pem(&lists);
    struct str ca = pem_of(&root, NULL);
    struct str more = pem_of(&root, &inter);
    struct trust *sets[] = {
        trust_of(ca, STR(""), 1, TRUST_CLIENTS), trust_of(more, STR(""), 1, TRUST_CLIENTS),
        trust_of(ca, STR(""), 2, TRUST_CLIENTS), trust_of(ca, STR(""), 1, TRUST_SERVERS),
        trust_of(ca, crl, 1, TRUST_CLIENTS),
    };
    struct trust *same = trust_of(ca, crl, 1, TRUST_CLIENTS);
    assert_memory_equal(trust_digest(same), trust_digest(sets[4]), TRUST_DIGEST_LEN);
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(trust_digest(sets[i]), trust_digest(sets[j]), TRUST_DIGEST_LEN);
        }
    }
    for (size_t i = 0; i < 5; i++) {
        trust_free(sets[i]);
    }
    trust_free(same);
    free_text(crl);
    free_text(ca);
    free_text(more);
}

static char said[4096];

static void say(void *arg, const char *text)
{
    size_t n = strlen(said);
    snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static size_t report_with(struct lists lists, time_t now)
{
    struct str ca = pem_of(&root, &inter);
    struct str crls = lists_pem(&lists);
    struct trust *trust = trust_of(ca, crls, 1, TRUST_CLIENTS);
    said[0] = '\0';
    size_t n = trust_report(trust, now, say, NULL);
    trust_free(trust);
    free_text(ca);
    free_text(crls);
    return n;
}

static void report(void **unused)
{
    time_t now = time(NULL);
    assert_int_equal(
        report_with((struct lists){{test_crl(&root, 0, 0, 0), test_crl(&inter, 0, 0, 0)}, 2}, now),
        0);
    assert_int_equal(report_with((struct lists){{test_crl(&root, 0, 0, 0)}, 1}, now), 1);
    assert_non_null(strstr(said, "no CRL of \"CN=inter,C=CH\""));
    assert_int_equal(
        report_with((struct lists){{test_crl(&root, 0, 0, -60), test_crl(&inter, 0, 0, 3600)}, 2},
                    now),
        2);
    assert_non_null(strstr(said, "the CRL of \"CN=root,C=CH\" in \"crl.pem\" expired on "));
    assert_non_null(strstr(said, "the CRL of \"CN=inter,C=CH\" in \"crl.pem\" expires soon, on "));
    assert_int_equal(
        report_with((struct lists){{test_crl(&root, 0, 3600, 0), test_crl(&inter, 0, 0, 0),
                                    test_crl(&root2, 0, 0, 0)},
                                   3},
                    now),
        2);
    assert_non_null(strstr(said, "is not valid before "));
    assert_non_null(strstr(said, "is not among the trusted certificates"));
    /* A new list beside the expired one is enough. */
    assert_int_equal(
        report_with((struct lists){{test_crl(&root, 0, 0, -60), test_crl(&root, 0, 0, 0),
                                    test_crl(&inter, 0, 0, 0)},
                                   3},
                    now),
        0);
}

static X509_CRL *without_end(const struct test_pair *ca, long from)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *start = X509_gmtime_adj(NULL, from);
    assert_true(X509_CRL_set_version(crl, 1) && X509_CRL_set1_lastUpdate(crl, start) &&
                X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert)) &&
                X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0);
    ASN1_TIME_free(start);
    return crl;
}

/* Somebody who keeps new lists away is never noticed (RFC 5280, 5.1.2.5 asks for nextUpdate). */
static void report_lists_without_end(void **unused)
{
    time_t now = time(NULL);
    assert_int_equal(
        report_with((struct lists){{test_crl(&root, 0, 0, 0), without_end(&inter, -60)}, 2}, now),
        1);
    assert_string_equal(said,
                        "the CRL of \"CN=inter,C=CH\" in \"crl.pem\" never expires: it has no "
                        "nextUpdate\n");
    /* In a hundred years, too; the other one has expired by then. */
    time_t later = now + (time_t)100 * 365 * 86400;
    assert_int_equal(
        report_with((struct lists){{test_crl(&root, 0, 0, 0), without_end(&inter, -60)}, 2}, later),
        2);
    assert_non_null(strstr(said, "\"CN=inter,C=CH\" in \"crl.pem\" never expires"));
    assert_non_null(strstr(said, "\"CN=root,C=CH\" in \"crl.pem\" expired on "));
    /* One that has not begun says so first. */
    assert_int_equal(
        report_with((struct lists){{test_crl(&root, 0, 0, 0), without_end(&inter, 3600)}, 2}, now),
        1);
    assert_non_null(strstr(said, "is not valid before "));
}

static void names(void **unused)
{
    struct error err = {""};
    const struct test_pair *pairs[] = {&root, &inter, &root};
    struct trust_source source = {"ca.pem", test_pem_certs(pairs, 3)};
    STACK_OF(X509_NAME) *list = NULL;
    assert_true(trust_ca_names(&source, &list, &err));
    assert_int_equal(sk_X509_NAME_num(list), 2);
    sk_X509_NAME_pop_free(list, X509_NAME_free);
    free_text(source.pem);
    source.pem = STR("nothing");
    assert_false(trust_ca_names(&source, &list, &err));
}

static void four_codes(void **unused)
{
    for (int code = 0; code < 100; code++) {
        struct verdict verdict = {code ? VERDICT_BAD : VERDICT_GOOD, code, 0};
        bool unknown = code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
                       code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
                       code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
                       code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
        assert_int_equal(verdict_only_unknown_ca(&verdict), unknown);
    }
}

static int chain_length(const struct trust *trust, X509 *cert, const struct test_pair *also,
                        time_t now)
{
    STACK_OF(X509) *sent = sk_X509_new_null(), *chain = NULL;
    sk_X509_push(sent, cert);
    X509_up_ref(cert);
    if (also) {
        sk_X509_push(sent, also->cert);
        X509_up_ref(also->cert);
    }
    struct verdict verdict = trust_verify_client(trust, sent, now, NULL, &chain);
    assert_int_equal(verdict.status == VERDICT_GOOD, chain != NULL);
    int n = chain ? sk_X509_num(chain) : -1;
    assert_true(n < 1 || X509_cmp(sk_X509_value(chain, n - 1), root.cert) == 0);
    sk_X509_pop_free(chain, X509_free);
    sk_X509_pop_free(sent, X509_free);
    return n;
}

/* To the trusted end, each time, or not at all. */
static void chains_as_such(void **unused)
{
    time_t now = time(NULL);
    struct str ca = pem_of(&root, NULL);
    struct trust *trust = trust_of(ca, STR(""), 1, TRUST_CLIENTS);
    assert_int_equal(trust_verify(trust, leaf.cert, NULL, NULL, now, NULL).code, X509_V_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(chain_length(trust, leaf.cert, NULL, now), 2); /* known or not */
        assert_int_equal(chain_length(trust, deep.cert, &inter, now), 3);
    }
    assert_int_equal(chain_length(trust, deep.cert, NULL, now), -1);
    assert_int_equal(chain_length(trust, alone.cert, NULL, now), -1);
    assert_int_equal(chain_length(trust, server.cert, NULL, now), -1);
    assert_int_equal(chain_length(trust, leaf.cert, NULL, now + 2 * 86400), -1);
    trust_free(trust);

    struct lists lists = {{test_crl(&inter, 0, 0, 0), test_crl(&root, 10, 0, 0)}, 2};
    struct str crls = lists_pem(&lists);
    trust = trust_of(ca, crls, 1, TRUST_CLIENTS);
    assert_int_equal(chain_length(trust, deep.cert, &inter, now), 3);
    assert_int_equal(chain_length(trust, leaf.cert, NULL, now), -1); /* revoked */
    trust_free(trust);
    free_text(ca);
    free_text(crls);
}

int main(void)
{
    root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    forger = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    root2 = test_pair_new((struct test_spec){.cn = "root 2", .ca = true});
    inter =
        test_pair_new((struct test_spec){.cn = "inter", .issuer = &root, .ca = true, .serial = 12});
    forged_inter =
        test_pair_new((struct test_spec){.cn = "inter", .issuer = &root, .ca = true, .serial = 12});
    alone = test_pair_new((struct test_spec){.cn = "alone"});
    leaf = test_pair_new((struct test_spec){.cn = "leaf", .issuer = &root, .serial = 10});
    deep = test_pair_new((struct test_spec){.cn = "deep", .issuer = &inter, .serial = 11});
    server = test_pair_new((struct test_spec){.cn = "server",
                                              .issuer = &root,
                                              .san = "DNS:s.test,DNS:*.w.test,IP:127.0.0.1",
                                              .eku = "serverAuth"});
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_as_such),
        cmocka_unit_test(chains),
        cmocka_unit_test(purposes_and_hosts),
        cmocka_unit_test(revocation),
        cmocka_unit_test(memory_ends),
        cmocka_unit_test(bundles),
        cmocka_unit_test(digests),
        cmocka_unit_test(report),
        cmocka_unit_test(report_lists_without_end),
        cmocka_unit_test(names),
        cmocka_unit_test(four_codes),
        cmocka_unit_test(revoked_by_an_unknown_root),
        cmocka_unit_test(proofs),
        cmocka_unit_test(lists_swapped),
        cmocka_unit_test(issuers_met),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    struct test_pair *all[] = {&root, &forger, &root2, &inter,       &leaf,
                               &deep, &server, &alone, &forged_inter};
    for (size_t i = 0; i < 9; i++) {
        test_pair_free(all[i]);
    }
    while (slots_n) {
        crl_slot_free(slots[--slots_n]);
    }
    return failed;
}
