/* SPDX-License-Identifier: Apache-2.0 */
/* Distribution points (PKITS 4.14) and keys of one CA (PKITS 4.5): which CRL tells of a
 * certificate. */
#include "pki/crl_question.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "pki/der.h"
#include "points.h"

enum {
    GOOD = X509_V_OK,
    NONE = X509_V_ERR_UNABLE_TO_GET_CRL,
    REVOKED = X509_V_ERR_CERT_REVOKED,
    EXPIRED = X509_V_ERR_CRL_HAS_EXPIRED,
};

static struct test_pair root, stranger, place, folded;

static const struct test_line REVOKES[] = {{.serial = "33"}};      /* the leaf */
static const struct test_line NAMES_ROOT[] = {{.serial = "1234"}}; /* test_pair_new's own */
static const struct test_line OTHER[] = {{.serial = "77"}};

/* One certificate with these points, one CRL (and one about the root); revoked by it or not. */
static int ask(const struct test_point *points, const struct test_point *issuing, bool revoked)
{
    struct buf names = {0}, ext = {0}, root_ext = {0};
    struct test_gate gate = test_gate_new(&root);
    struct test_pair leaf = test_pair_new(
        (struct test_spec){.cn = "leaf",
                           .issuer = &root,
                           .serial = 0x33,
                           .points = points ? test_points(&names, points) : (struct str){NULL, 0}});
    static const struct test_point OF_CAS = {.scope = (char)0x82};
    struct test_list lists[] = {
        test_list_of(&root, "07", test_issuing_point(&ext, issuing)),
        test_list_of(&root, "07", test_issuing_point(&root_ext, &OF_CAS)),
    };
    lists[0].lines = revoked ? REVOKES : OTHER;
    lists[0].lines_n = 1;
    test_gate_put(&gate, &root, lists, 2);
    int code = test_gate_code(&gate, &leaf, NULL, NULL);
    test_pair_free(&leaf);
    test_gate_free(&gate);
    buf_deinit(&names);
    buf_deinit(&ext);
    buf_deinit(&root_ext);
    return code;
}

/* PKITS 4.14.1 to 4.14.9 and their like: which names are the same. */
static void names(void **unused)
{
    static const struct {
        struct test_point cert, crl;
        bool same;
    } CASES[] = {
        {{.uri = "http://a/1"}, {.uri = "http://a/1"}, true},
        {{.uri = "http://a/1"}, {.uri = "http://a/2"}, false},
        {{.uri = "http://a/1"}, {.uri = "http://a/"}, false},
        {{.uri = "http://a/1"}, {.uri = "http://A/1"}, false}, /* equal bytes: RFC 5280, 5.2.5 */
        {{.uri = "http://a/1"}, {.uri = "http://b/", .second = "http://a/1"}, true},
        {{.uri = "http://b/", .second = "http://a/1"}, {.uri = "http://a/1"}, true},
        {{.uri = "http://b/", .second = "http://a/1"}, {.uri = "http://c/"}, false},
        {{.name = &place}, {.name = &place}, true},
        {{.name = &place}, {.name = &folded}, true}, /* "  PLACE" and "place" */
        {{.name = &place}, {.name = &stranger}, false},
        {{.name = &place}, {.uri = "http://a/1"}, false},
        {{.relative = "here"}, {.relative = "here"}, true},
        {{.relative = "here"}, {.relative = "HERE"}, true},
        {{.relative = "here"}, {.relative = "there"}, false},
        {{.relative = "here"}, {.name = &place}, false},
        /* A cRLIssuer leads to an indirect CRL. */
        {{.uri = "http://a/1", .indirect = &root}, {.uri = "http://a/1"}, false},
        {{.indirect = &root}, {.uri = "http://a/1"}, false},
        {{.indirect = &root}, {.name = &root}, false},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const struct test_point cert[] = {CASES[i].cert, {NULL}};
        int clean = ask(cert, &CASES[i].crl, false);
        int revoked = ask(cert, &CASES[i].crl, true);
        if (clean != (CASES[i].same ? GOOD : NONE) || revoked != (CASES[i].same ? REVOKED : NONE)) {
            fail_msg("case %zu: %d, revoked %d", i, clean, revoked);
        }
        assert_int_equal(ask(NULL, &CASES[i].crl, false), NONE);
        assert_int_equal(ask(NULL, &CASES[i].crl, true), NONE);
    }
    /* PKITS 4.14.10: a CRL for users without a name is for all points. */
    const struct test_point users = {.scope = (char)0x81};
    const struct test_point cert[] = {{.uri = "http://a/1"}, {NULL}};
    assert_int_equal(ask(cert, &users, false), GOOD);
    assert_int_equal(ask(cert, &users, true), REVOKED);
    assert_int_equal(ask(NULL, &users, true), REVOKED);
}

/* A relative name is the issuer's with one part more; written out in full it is the same. */
static void relative_names(void **unused)
{
    struct buf der = {0}, in = {0}, a = {0}, b = {0};
    struct error err = {""};
    char text[DIST_TEXT_MAX];
    X509_NAME *whole = X509_NAME_dup(X509_get_subject_name(root.cert));
    X509_NAME_add_entry_by_txt(whole, "CN", MBSTRING_UTF8, (const unsigned char *)"here", -1, -1,
                               0);
    unsigned char *name = NULL;
    int n = i2d_X509_NAME(whole, &name);
    test_der(&in, 0xa4, (struct str){(char *)name, (size_t)n});
    test_wrap(&der, 0xa0, &in);
    assert_true(
        dist_points_of_crl(buf_view(&der), X509_get_subject_name(root.cert), &a, text, &err));
    buf_clear(&der);
    static const struct test_point RELATIVE = {.relative = "here"};
    test_point_name(&der, &RELATIVE);
    struct str field = buf_view(&der), content;
    assert_true(der_expect(&field, 0xa0, &content));
    assert_true(dist_points_of_crl(content, X509_get_subject_name(root.cert), &b, text, &err));
    assert_true(str_eq(buf_view(&a), buf_view(&b)));
    buf_clear(&b);
    assert_true(dist_points_of_crl(content, X509_get_subject_name(place.cert), &b, text, &err));
    assert_false(str_eq(buf_view(&a), buf_view(&b)));
    OPENSSL_free(name);
    X509_NAME_free(whole);
    buf_deinit(&der);
    buf_deinit(&a);
    buf_deinit(&b);
}

/* PKITS 4.14.11 to 4.14.14. */
static void scopes(void **unused)
{
    const struct test_point cert[] = {{.uri = "http://a/1"}, {NULL}};
    const struct test_point users = {.uri = "http://a/1", .scope = (char)0x81};
    const struct test_point cas = {.uri = "http://a/1", .scope = (char)0x82};
    const struct test_point attributes = {.uri = "http://a/1", .scope = (char)0x85};
    assert_int_equal(ask(cert, &users, false), GOOD);
    assert_int_equal(ask(cert, &users, true), REVOKED);
    assert_int_equal(ask(cert, &cas, false), NONE);
    assert_int_equal(ask(cert, &cas, true), NONE);
    assert_int_equal(ask(cert, &attributes, false), NONE);
    assert_int_equal(ask(cert, &attributes, true), NONE);
}

/* --- several CRLs --- */

static struct test_pair leaf_of(const struct test_point *points)
{
    struct buf names = {0};
    struct test_pair leaf = test_pair_new((struct test_spec){
        .cn = "leaf", .issuer = &root, .serial = 0x33, .points = test_points(&names, points)});
    buf_deinit(&names);
    return leaf;
}

/* One per row, and one for CAs. */
struct row {
    struct test_point point;
    bool revokes;
    bool expired;
};

static int ask_rows(const struct test_point *points, const struct row *rows, size_t n)
{
    enum { ROWS_MAX = 4 };
    static const struct test_point OF_CAS = {.scope = (char)0x82};
    struct buf ext[ROWS_MAX + 1] = {{0}};
    struct test_list lists[ROWS_MAX + 1];
    struct test_gate gate = test_gate_new(&root);
    struct test_pair leaf = leaf_of(points);
    for (size_t i = 0; i < n; i++) {
        lists[i] = test_list_of(&root, "07", test_issuing_point(&ext[i], &rows[i].point));
        lists[i].lines = rows[i].revokes ? REVOKES : OTHER;
        lists[i].lines_n = 1;
        lists[i].until -= rows[i].expired ? 2 * 86400 : 0;
    }
    lists[n] = test_list_of(&root, "07", test_issuing_point(&ext[n], &OF_CAS));
    test_gate_put(&gate, &root, lists, n + 1);
    int code = test_gate_code(&gate, &leaf, NULL, NULL);
    test_pair_free(&leaf);
    test_gate_free(&gate);
    for (size_t i = 0; i <= n; i++) {
        buf_deinit(&ext[i]);
    }
    return code;
}

#define ASK(points, ...)                                                                           \
    ask_rows(points, (const struct row[]){__VA_ARGS__},                                            \
             COUNT_OF(((const struct row[]){__VA_ARGS__})))

/* PKITS 4.14.15 to 4.14.21: good is who no CRL names when all reasons were told. */
static void reasons(void **unused)
{
    /* keyCompromise and cACompromise; all others; those without aACompromise. */
    const char *const TWO = "0560", *const REST = "071f80", *const LESS = "001f";
    const struct test_point cert[] = {{.uri = "http://a/1"}, {NULL}};
    const struct test_point two = {.uri = "http://a/1", .reasons = TWO};
    const struct test_point rest = {.uri = "http://a/1", .reasons = REST};
    const struct test_point less = {.uri = "http://a/1", .reasons = LESS};
    const struct test_point elsewhere = {.uri = "http://a/2", .reasons = REST};
    const struct test_point everywhere = {.reasons = REST};
    assert_int_equal(ASK(cert, {two}), NONE);
    assert_int_equal(ASK(cert, {rest}), NONE);
    assert_int_equal(ASK(cert, {two}, {rest}), GOOD);
    assert_int_equal(ASK(cert, {two}, {everywhere}), GOOD);
    assert_int_equal(ASK(cert, {two}, {less}), NONE);
    assert_int_equal(ASK(cert, {two}, {elsewhere}), NONE);
    assert_int_equal(ASK(cert, {two, true}, {rest}), REVOKED);
    assert_int_equal(ASK(cert, {two}, {rest, true}), REVOKED);
    assert_int_equal(ASK(cert, {two, true}), REVOKED);
    assert_int_equal(ASK(cert, {two}, {rest, false, true}), EXPIRED);
    assert_int_equal(ASK(cert, {two}, {rest, true, true}), REVOKED);

    /* The certificate may say which reasons are told where. */
    const struct test_point split[] = {
        {.uri = "http://a/1", .reasons = TWO}, {.uri = "http://a/2", .reasons = REST}, {NULL}};
    const struct test_point one = {.uri = "http://a/1"}, other = {.uri = "http://a/2"};
    assert_int_equal(ASK(split, {one}), NONE);
    assert_int_equal(ASK(split, {other}), NONE);
    assert_int_equal(ASK(split, {one}, {other}), GOOD);
    assert_int_equal(ASK(split, {one}, {other, true}), REVOKED);
}

/* Several CRLs of one CA: each counts for the certificates of its point, and beside one for all. */
static void partitions(void **unused)
{
    const struct test_point first[] = {{.uri = "http://a/1"}, {NULL}};
    const struct test_point third[] = {{.uri = "http://a/3"}, {NULL}};
    const struct test_point both[] = {{.uri = "http://a/1"}, {.uri = "http://a/2"}, {NULL}};
    const struct test_point one = {.uri = "http://a/1"}, two = {.uri = "http://a/2"};
    const struct test_point all = {.scope = (char)0x81};
    assert_int_equal(ASK(first, {one, true}, {two}), REVOKED);
    assert_int_equal(ASK(first, {one}, {two, true}), GOOD);
    assert_int_equal(ASK(first, {one}, {two, false, true}), GOOD);
    assert_int_equal(ASK(first, {one, false, true}, {two}), EXPIRED);
    assert_int_equal(ASK(third, {one}, {two}), NONE);
    assert_int_equal(ASK(both, {one}), GOOD);
    assert_int_equal(ASK(both, {one}, {two, true}), REVOKED);
    assert_int_equal(ASK(third, {one}, {all}), GOOD);
    assert_int_equal(ASK(third, {one}, {all, true}), REVOKED);
    assert_int_equal(ASK(first, {one, true}, {all}), REVOKED);
    assert_int_equal(ASK(first, {one}, {all, true}), REVOKED);
}

/* A root that has CRLs for points only: it names none, and is asked about in each. */
static void anchors(void **unused)
{
    struct buf ext[2] = {{0}}, names = {0};
    const struct test_point points[] = {{.uri = "http://a/1"}, {NULL}};
    const struct test_point one = {.uri = "http://a/1"}, two = {.uri = "http://a/2"};
    struct test_gate gate = test_gate_new(&root);
    struct test_pair leaf = test_pair_new((struct test_spec){
        .cn = "leaf", .issuer = &root, .serial = 5, .points = test_points(&names, points)});
    struct test_list lists[] = {test_list_of(&root, "07", test_issuing_point(&ext[0], &one)),
                                test_list_of(&root, "07", test_issuing_point(&ext[1], &two))};
    test_gate_put(&gate, &root, lists, 2);
    assert_int_equal(test_gate_code(&gate, &leaf, NULL, NULL), GOOD);
    lists[1].lines = NAMES_ROOT;
    lists[1].lines_n = 1;
    lists[1].number = "08";
    test_gate_put(&gate, &root, lists, 2);
    assert_int_equal(test_gate_code(&gate, &leaf, NULL, NULL), REVOKED);
    test_gate_put(&gate, &root, lists + 1, 1);
    assert_int_equal(test_gate_code(&gate, &leaf, NULL, NULL), REVOKED);
    lists[0].until -= 2 * 86400;
    test_gate_put(&gate, &root, lists, 1);
    assert_int_equal(test_gate_code(&gate, &leaf, NULL, NULL), EXPIRED);
    test_gate_free(&gate);
    test_pair_free(&leaf);
    buf_deinit(&ext[0]);
    buf_deinit(&ext[1]);
    buf_deinit(&names);
}

/* Other CRLs come into force: the proof of before is judged by the one of the right point. */
static void proofs(void **unused)
{
    struct buf ext[2] = {{0}}, ca_ext = {0};
    static const struct test_point OF_CAS = {.scope = (char)0x82};
    const struct test_point points[] = {{.uri = "http://a/1"}, {NULL}};
    const struct test_point one = {.uri = "http://a/1"}, two = {.uri = "http://a/2"};
    struct test_gate gate = test_gate_new(&root);
    struct test_pair leaf = leaf_of(points);
    struct proof *proof = NULL;
    time_t now = time(NULL);
    struct test_list lists[] = {test_list_of(&root, "07", test_issuing_point(&ext[0], &one)),
                                test_list_of(&root, "07", test_issuing_point(&ext[1], &two)),
                                test_list_of(&root, "07", test_issuing_point(&ca_ext, &OF_CAS))};
    test_gate_put(&gate, &root, lists, 3);
    assert_int_equal(trust_verify(gate.trust, leaf.cert, NULL, NULL, now, &proof).code, GOOD);
    struct proof *kept = proof_unpack(proof_packed(proof));
    lists[1].lines = REVOKES;
    lists[1].lines_n = 1;
    test_gate_put(&gate, &root, lists, 3);
    assert_int_equal(trust_judge_again(gate.trust, kept, now).code, GOOD);
    lists[0].lines = REVOKES;
    lists[0].lines_n = 1;
    test_gate_put(&gate, &root, lists, 3);
    assert_int_equal(trust_judge_again(gate.trust, kept, now).code, REVOKED);
    test_gate_put(&gate, &root, lists + 1, 2);
    assert_int_equal(trust_judge_again(gate.trust, kept, now).code, NONE);
    proof_unref(proof);
    proof_unref(kept);
    test_pair_free(&leaf);
    test_gate_free(&gate);
    buf_deinit(&ext[0]);
    buf_deinit(&ext[1]);
    buf_deinit(&ca_ext);
}

/* Deltas count for the complete CRL of the same point. */
static void deltas(void **unused)
{
    struct buf ext[2] = {{0}}, ca_ext = {0};
    static const struct test_point OF_CAS = {.scope = (char)0x82};
    const struct test_point points[] = {{.uri = "http://a/1"}, {NULL}};
    const struct test_point one = {.uri = "http://a/1"}, two = {.uri = "http://a/2"};
    struct test_gate gate = test_gate_new(&root);
    struct test_pair leaf = leaf_of(points);
    struct test_list lists[] = {test_list_of(&root, "07", test_issuing_point(&ext[0], &one)),
                                test_list_of(&root, "07", test_issuing_point(&ca_ext, &OF_CAS)),
                                test_list_of(&root, "09", test_issuing_point(&ext[1], &one))};
    lists[2].base = "07";
    lists[2].lines = REVOKES;
    lists[2].lines_n = 1;
    test_gate_put(&gate, &root, lists, 2);
    assert_int_equal(test_gate_code(&gate, &leaf, NULL, NULL), GOOD);
    test_gate_put(&gate, &root, lists, 3);
    assert_int_equal(test_gate_code(&gate, &leaf, NULL, NULL), REVOKED);
    lists[2].extensions = test_issuing_point(&ext[1], &two);
    struct buf der[3] = {{0}};
    struct test_build build = {.authorities = {&root}};
    for (size_t i = 0; i < 3; i++) {
        test_list_der(&der[i], &lists[i]);
        build.files[i] = buf_view(&der[i]);
    }
    struct error err = {""};
    assert_null(test_set(&build, &err));
    assert_non_null(strstr(err.text, "has no complete CRL to apply it to"));
    for (size_t i = 0; i < 3; i++) {
        buf_deinit(&der[i]);
    }
    test_pair_free(&leaf);
    test_gate_free(&gate);
    buf_deinit(&ext[0]);
    buf_deinit(&ext[1]);
    buf_deinit(&ca_ext);
}

/* --- keys of one CA --- */

/*
 * PKITS 4.5.1, 4.5.2, 4.6.15, 4.6.17, 4.13.19: a CA has certified its other key, which issues,
 * while the first one signs the CRL.
 */
static void other_keys(void **unused)
{
    struct test_pair old = test_pair_new(
        (struct test_spec){.cn = "Sub", .issuer = &root, .ca = true, .aki = true, .serial = 20});
    struct test_pair new = test_pair_new(
        (struct test_spec){.cn = "Sub", .issuer = &old, .ca = true, .aki = true, .serial = 21});
    struct test_pair leaf =
        test_pair_new((struct test_spec){.cn = "l", .issuer = &new, .aki = true, .serial = 22});
    struct test_pair impostor = test_pair_new((struct test_spec){.cn = "Sub", .ca = true});
    struct test_pair sibling = test_pair_new(
        (struct test_spec){.cn = "Sub", .issuer = &root, .ca = true, .aki = true, .serial = 23});
    const struct test_line hex[] = {{.serial = "16"}}; /* 22 */
    struct str none = {NULL, 0};
    struct test_gate gate = test_gate_new(&root);
    struct test_list lists[] = {test_list_of(&root, "07", none), test_list_of(&old, "07", none),
                                test_list_of(&new, "05", none)};
    test_gate_put(&gate, &root, lists, 2);
    assert_int_equal(test_gate_code(&gate, &leaf, &new, &old), GOOD);
    lists[1].lines = hex;
    lists[1].lines_n = 1;
    lists[1].number = "08";
    test_gate_put(&gate, &root, lists, 2);
    assert_int_equal(test_gate_code(&gate, &leaf, &new, &old), REVOKED);

    /* Each of two keys' CRLs is heard; that of the issuer alone is enough, and has to be current.
     */
    test_gate_put(&gate, &root, lists, 3);
    assert_int_equal(test_gate_code(&gate, &leaf, &new, &old), REVOKED);
    lists[1].lines_n = 0;
    test_gate_put(&gate, &root, lists, 3);
    assert_int_equal(test_gate_code(&gate, &leaf, &new, &old), GOOD);
    lists[2].lines = hex;
    lists[2].lines_n = 1;
    test_gate_put(&gate, &root, lists, 3);
    assert_int_equal(test_gate_code(&gate, &leaf, &new, &old), REVOKED);
    lists[2].lines_n = 0;
    lists[2].until -= 2 * 86400;
    test_gate_put(&gate, &root, lists, 3);
    assert_int_equal(test_gate_code(&gate, &leaf, &new, &old), EXPIRED);

    /* A proof of a time when one key had no list is judged by that list when it comes. */
    struct proof *proof = NULL;
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, new.cert);
    sk_X509_push(chain, old.cert);
    time_t now = time(NULL);
    lists[2] = test_list_of(&new, "05", none);
    struct test_gate fresh = test_gate_new(&root);
    test_gate_put(&fresh, &root, lists, 2);
    assert_int_equal(trust_verify(fresh.trust, leaf.cert, chain, NULL, now, &proof).code, GOOD);
    lists[2].lines = hex;
    lists[2].lines_n = 1;
    test_gate_put(&fresh, &root, lists, 3);
    assert_int_equal(trust_judge_again(fresh.trust, proof, now).code, REVOKED);
    lists[2].lines_n = 0;
    test_gate_put(&fresh, &root, lists, 3);
    assert_int_equal(trust_judge_again(fresh.trust, proof, now).code, GOOD);
    struct test_gate unmet = test_gate_new(&root); /* where nobody was met: cannot tell is no */
    test_gate_put(&unmet, &root, lists, 3);
    assert_int_equal(trust_judge_again(unmet.trust, proof, now).code, NONE);
    proof_unref(proof);
    sk_X509_free(chain);
    test_gate_free(&fresh);
    test_gate_free(&unmet);

    /* A key of the same name that is not above it in the chain proves nothing. */
    lists[1].issuer = &impostor;
    test_gate_put(&gate, &root, lists, 2);
    assert_int_equal(test_gate_code(&gate, &leaf, &new, &old), NONE);
    lists[1].issuer = &sibling;
    test_gate_put(&gate, &root, lists, 2);
    assert_int_equal(test_gate_code(&gate, &leaf, &new, &old), NONE);
    /* The other way round neither: what the new key signs does not speak for the old one's. */
    struct test_pair elder =
        test_pair_new((struct test_spec){.cn = "e", .issuer = &old, .aki = true, .serial = 24});
    lists[1] = test_list_of(&new, "07", none);
    test_gate_put(&gate, &root, lists, 2);
    assert_int_equal(test_gate_code(&gate, &elder, &old, NULL), NONE);

    test_gate_free(&gate);
    struct test_pair *all[] = {&old, &new, &leaf, &impostor, &sibling, &elder};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        test_pair_free(all[i]);
    }
}

static int setup(void **unused)
{
    root = test_pair_new((struct test_spec){.cn = "Root", .ca = true});
    stranger = test_pair_new((struct test_spec){.cn = "Stranger", .ca = true});
    place = test_pair_new((struct test_spec){.cn = "some place"});
    folded = test_pair_new((struct test_spec){.cn = " Some  PLACE"});
    return 0;
}

static int teardown(void **unused)
{
    struct test_pair *all[] = {&root, &stranger, &place, &folded};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        test_pair_free(all[i]);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),   cmocka_unit_test(relative_names), cmocka_unit_test(scopes),
        cmocka_unit_test(reasons), cmocka_unit_test(partitions),     cmocka_unit_test(anchors),
        cmocka_unit_test(proofs),  cmocka_unit_test(deltas),         cmocka_unit_test(other_keys),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
