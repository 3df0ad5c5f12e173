/* SPDX-License-Identifier: Apache-2.0 */
/* Equal certificates are found, others never are, however full it is. */
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

struct digest {
    unsigned char of[CERT_DIGEST_LEN];
};

static struct digest digest_of(const X509 *cert)
{
    unsigned n = 0;
    struct digest digest;
    assert_int_equal(X509_digest(cert, EVP_sha256(), digest.of, &n), 1);
    assert_int_equal(n, CERT_DIGEST_LEN);
    return digest;
}

static X509 *find(struct cert_pool *pool, const X509 *cert)
{
    return cert_pool_find(pool, digest_of(cert).of);
}

static void put(struct cert_pool *pool, X509 *cert)
{
    cert_pool_put(pool, digest_of(cert).of, cert);
}

/* Finds by bytes, whichever object asks; and only what was put there. */
static void equals_are_found(void **unused)
{
    struct test_pair root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    struct test_pair twin = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    struct cert_pool *pool = cert_pool_new(16);
    X509 *copy = again(root.cert);
    assert_null(find(pool, copy));
    put(pool, root.cert);
    X509 *found = find(pool, copy);
    assert_ptr_equal(found, root.cert);
    assert_null(find(pool, twin.cert)); /* same names, another key */
    put(pool, root.cert);
    cert_pool_free(pool);
    cert_pool_free(NULL);
    assert_int_equal(X509_cmp(found, copy), 0); /* it has a reference */
    X509_free(found);
    X509_free(copy);
    test_pair_free(&twin);
    test_pair_free(&root);
}

/* More than there are slots: whatever is found is the one that was asked for. */
static void others_are_not(void **unused)
{
    enum { MANY = 100 };
    struct test_pair root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    struct cert_pool *pool = cert_pool_new(16);
    struct test_pair all[MANY];
    int found = 0;
    for (int i = 0; i < MANY; i++) {
        all[i] = test_pair_new(
            (struct test_spec){.cn = "ca", .issuer = &root, .serial = 10 + i, .ca = true});
        put(pool, all[i].cert);
    }
    for (int i = 0; i < MANY; i++) {
        X509 *one = find(pool, all[i].cert);
        assert_true(!one || one == all[i].cert);
        found += one != NULL;
        X509_free(one);
    }
    assert_in_range(found, 1, 16);
    cert_pool_free(pool);
    for (int i = 0; i < MANY; i++) {
        test_pair_free(&all[i]);
    }
    test_pair_free(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_are_found),
        cmocka_unit_test(others_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
