/* SPDX-License-Identifier: Apache-2.0 */
/* Equal certificates become one; others stay as they are, whoever comes along. */
#include "pki/cert_pool.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "../certs.h"

/* Another object of the same bytes, as another handshake would make it. */
static X509 *again(X509 *cert)
{
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);
    const unsigned char *p = der;
    X509 *copy = d2i_X509(NULL, &p, n);
    OPENSSL_free(der);
    assert_non_null(copy);
    return copy;
}

static STACK_OF(X509) * chain_of(X509 *leaf, X509 *ca)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, again(leaf));
    sk_X509_push(chain, again(ca));
    return chain;
}

static void equals_become_one(void **unused)
{
    struct test_pair root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    struct test_pair leaf = test_pair_new((struct test_spec){.cn = "leaf", .issuer = &root});
    struct cert_pool *pool = cert_pool_new();
    STACK_OF(X509) *one = chain_of(leaf.cert, root.cert);
    STACK_OF(X509) *two = chain_of(leaf.cert, root.cert);
    cert_pool_share(pool, one, 1);
    cert_pool_share(pool, two, 1);
    assert_ptr_equal(sk_X509_value(one, 1), sk_X509_value(two, 1));
    assert_int_equal(X509_cmp(sk_X509_value(two, 1), root.cert), 0);
    assert_ptr_not_equal(sk_X509_value(one, 0), sk_X509_value(two, 0)); /* before `first` */
    cert_pool_free(pool);
    cert_pool_free(NULL);
    sk_X509_pop_free(one, X509_free);
    assert_int_equal(X509_cmp(sk_X509_value(two, 1), root.cert), 0); /* it has a reference */
    sk_X509_pop_free(two, X509_free);
    test_pair_free(&leaf);
    test_pair_free(&root);
}

/* More than there are slots: each chain keeps what it came with, or its equal. */
static void others_stay(void **unused)
{
    enum { MANY = 100 };
    struct test_pair root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    struct cert_pool *pool = cert_pool_new();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            struct test_pair ca = test_pair_new(
                (struct test_spec){.cn = "ca", .issuer = &root, .serial = 10 + i, .ca = true});
            STACK_OF(X509) *chain = chain_of(root.cert, ca.cert);
            cert_pool_share(pool, chain, 0);
            assert_int_equal(sk_X509_num(chain), 2);
            assert_int_equal(X509_cmp(sk_X509_value(chain, 0), root.cert), 0);
            assert_int_equal(X509_cmp(sk_X509_value(chain, 1), ca.cert), 0);
            sk_X509_pop_free(chain, X509_free);
            test_pair_free(&ca);
        }
    }
    cert_pool_share(pool, NULL, 0);
    cert_pool_free(pool);
    test_pair_free(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_become_one),
        cmocka_unit_test(others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
