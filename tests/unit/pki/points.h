/* SPDX-License-Identifier: Apache-2.0 */
/* Distribution points of certificates and CRLs, octet by octet, and trust sets with CRLs of them.
 */
#ifndef TESTS_PKI_POINTS_H
#define TESTS_PKI_POINTS_H

#include "crl_build.h"
#include "pki/trust.h"

/* One DistributionPoint (RFC 5280, 4.2.1.13), or what an IssuingDistributionPoint (5.2.5) says. */
struct test_point {
    const char *uri;                  /* a full name */
    const char *second;               /* a second one */
    const struct test_pair *name;     /* the subject's name as a directory name */
    const char *relative;             /* a common name, relative to the issuer's */
    const char *reasons;              /* BIT STRING's content, in hexadecimal */
    const struct test_pair *indirect; /* cRLIssuer */
    char scope;                       /* of a CRL: 0x81, 0x82, 0x85; 0: none */
};

static inline void test_directory_name(struct buf *out, const struct test_pair *pair)
{
    unsigned char *der = NULL;
    int n = i2d_X509_NAME(X509_get_subject_name(pair->cert), &der);
    test_der(out, 0xa4, (struct str){(char *)der, (size_t)n});
    OPENSSL_free(der);
}

/* [0] DistributionPointName, or nothing. */
static inline void test_point_name(struct buf *out, const struct test_point *point)
{
    struct buf names = {0}, choice = {0};
    if (point->relative) {
        struct buf value = {0}, pair = {0};
        test_der(&value, 0x06, STR("\x55\x04\x03"));
        test_der(&value, 0x0c, str_of(point->relative));
        test_wrap(&pair, 0x30, &value);
        test_wrap(&choice, 0xa1, &pair);
    } else {
        if (point->uri) {
            test_der(&names, 0x86, str_of(point->uri));
        }
        if (point->second) {
            test_der(&names, 0x86, str_of(point->second));
        }
        if (point->name) {
            test_directory_name(&names, point->name);
        }
        if (buf_size(&names)) {
            test_wrap(&choice, 0xa0, &names);
        }
    }
    if (buf_size(&choice)) {
        test_wrap(out, 0xa0, &choice);
    }
}

static inline void test_point_reasons(struct buf *out, int tag, const struct test_point *point)
{
    char octets[16];
    if (point->reasons) {
        test_der(out, tag, test_hex(point->reasons, octets));
    }
}

/* CRLDistributionPoints, which ends with an empty one. */
static inline struct str test_points(struct buf *out, const struct test_point *points)
{
    struct buf all = {0};
    for (const struct test_point *p = points; p->uri || p->name || p->relative || p->indirect;
         p++) {
        struct buf in = {0}, issuer = {0};
        test_point_name(&in, p);
        test_point_reasons(&in, 0x81, p);
        if (p->indirect) {
            test_directory_name(&issuer, p->indirect);
            test_wrap(&in, 0xa2, &issuer);
        }
        test_wrap(&all, 0x30, &in);
    }
    buf_clear(out);
    test_wrap(out, 0x30, &all);
    return buf_view(out);
}

/* A critical IssuingDistributionPoint as an extension. */
static inline struct str test_issuing_point(struct buf *out, const struct test_point *point)
{
    struct buf in = {0}, value = {0};
    test_point_name(&in, point);
    if (point->scope) {
        test_der(&in, point->scope, STR("\xff"));
    }
    test_point_reasons(&in, 0x83, point);
    if (point->scope == (char)0x85) { /* the last one */
        buf_clear(&in);
        test_point_name(&in, point);
        test_point_reasons(&in, 0x83, point);
        test_der(&in, 0x85, STR("\xff"));
    }
    test_wrap(&value, 0x30, &in);
    buf_clear(out);
    test_ext(out, 28, true, buf_view(&value));
    buf_deinit(&value);
    return buf_view(out);
}

/* --- a trust set of one CA, and CRLs --- */

struct test_gate {
    struct trust *trust;
    struct crl_slot *slot;
};

static inline struct test_gate test_gate_new(const struct test_pair *root)
{
    struct test_gate gate = {NULL, crl_slot_new()};
    const struct trust_source ca = {"ca.pem", test_pem_certs(&root, 1)};
    const struct trust_options options = {.purpose = TRUST_CLIENTS,
                                          .authorities = &ca,
                                          .authorities_n = 1,
                                          .lists = gate.slot,
                                          .lists_name = STR("lists"),
                                          .depth = 5,
                                          .security_level = 1};
    struct error err = {""};
    if (!trust_new(&options, &gate.trust, &err)) {
        fail_msg("%s", err.text);
    }
    free((char *)(uintptr_t)ca.pem.p);
    return gate;
}

static inline void test_gate_free(struct test_gate *gate)
{
    trust_free(gate->trust);
    crl_slot_free(gate->slot);
}

/* Around now. */
static inline struct test_list test_list_of(const struct test_pair *issuer, const char *number,
                                            struct str extensions)
{
    long now = (long)(time(NULL) - TEST_NOW);
    return (struct test_list){.issuer = issuer,
                              .number = number,
                              .extensions = extensions,
                              .key_id = true,
                              .from = now - 3600,
                              .until = now + 86400};
}

/* Puts those CRLs into force. */
static inline void test_gate_put(struct test_gate *gate, const struct test_pair *authority,
                                 const struct test_list *lists, size_t n)
{
    struct buf files[BUILD_FILES_MAX - 1] = {{0}};
    struct test_build build = {.authorities = {authority}, .seed = 7};
    struct error err = {""};
    assert(n < BUILD_FILES_MAX);
    for (size_t i = 0; i < n; i++) {
        test_list_der(&files[i], &lists[i]);
        build.files[i] = buf_view(&files[i]);
    }
    struct crl_set *set = test_set(&build, &err);
    if (!set) {
        fail_msg("%s", err.text);
    }
    crl_slot_put(gate->slot, set);
    for (size_t i = 0; i < n; i++) {
        buf_deinit(&files[i]);
    }
}

/* Of the leaf, with CAs that came along (NULL: none further). What is good is judged again from its
 * proof, packed and unpacked, and comes out the same. */
static inline int test_gate_code(const struct test_gate *gate, const struct test_pair *leaf,
                                 const struct test_pair *first, const struct test_pair *second)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct proof *proof = NULL;
    time_t now = time(NULL);
    if (first) {
        sk_X509_push(chain, first->cert);
    }
    if (second) {
        sk_X509_push(chain, second->cert);
    }
    struct verdict verdict = trust_verify(gate->trust, leaf->cert, chain, NULL, now, &proof);
    if (proof) {
        struct proof *again = proof_unpack(proof_packed(proof));
        assert_non_null(again);
        assert_int_equal(trust_judge_again(gate->trust, again, now).code, X509_V_OK);
        proof_unref(again);
    }
    proof_unref(proof);
    sk_X509_free(chain);
    return verdict.code;
}

#endif
