/* SPDX-License-Identifier: Apache-2.0 */
/* What the narrower library contexts do without, and that they check what they are given. */
#include "pki/library.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../certs.h"
#include "pki/trust.h"

/* OpenSSL reads openssl.cnf once: each case is a process. First of all tests for that reason. */
static bool made_under(const char *providers)
{
    char path[] = "/tmp/library-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    dprintf(fd,
            "openssl_conf = i\n[i]\nproviders = p\n[p]\ndefault = d\n%s[d]\nactivate = 1\n"
            "[n]\nactivate = 1\n",
            providers);
    close(fd);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("OPENSSL_CONF", path, 1);
        bool made = library_handshakes() && library_certificates();
        _exit(made ? 0 : !library_handshakes() && !library_certificates() ? 1 : 2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    unlink(path);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

static void chosen_providers_hold(void **unused)
{
    assert_false(made_under("null = n\n"));
    bool gains = OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;
    assert_int_equal(made_under(""), LIBRARY_IS_LEAN && gains);
}

static X509 *decoded(X509 *cert, OSSL_LIB_CTX *library)
{
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);
    const unsigned char *p = der;
    X509 *copy = X509_new_ex(library, NULL);
    assert_non_null(d2i_X509(&copy, &p, n));
    OPENSSL_free(der);
    return copy;
}

static void need_them(void)
{
    if (!library_handshakes()) {
        skip();
    }
}

static void keys_in_certificates(void **unused)
{
    need_them();
    static const int RSA_BITS[] = {0, 2048};
    for (size_t i = 0; i < 2; i++) {
        struct test_pair pair =
            test_pair_new((struct test_spec){.cn = "a", .rsa_bits = RSA_BITS[i]});
        X509 *without = decoded(pair.cert, library_handshakes());
        X509 *with = decoded(pair.cert, library_certificates());
        assert_null(X509_get0_pubkey(without));
        assert_int_not_equal(X509_verify(without, X509_get0_pubkey(without)), 1);
        assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(with), pair.key), 1);
        assert_int_equal(X509_verify(with, X509_get0_pubkey(with)), 1);
        X509_free(with);
        X509_free(without);
        test_pair_free(&pair);
    }
    ERR_clear_error();
}

/* --- trust_verify_client: what takes a received certificate's place --- */

static struct trust *trust_of(const struct test_pair *root)
{
    const struct trust_source ca = {"ca.pem", test_pem_certs(&root, 1)};
    const struct trust_options options = {
        .purpose = TRUST_CLIENTS, .authorities = &ca, .authorities_n = 1, .depth = 1};
    struct trust *trust = NULL;
    struct error err;
    assert_true(trust_new(&options, &trust, &err));
    free((char *)(uintptr_t)ca.pem.p);
    return trust;
}

static enum verdict_status judge(const struct trust *trust, const struct test_pair *leaf,
                                 const struct test_pair *ca, X509 **used)
{
    STACK_OF(X509) *sent = sk_X509_new_null();
    sk_X509_push(sent, decoded(leaf->cert, library_handshakes()));
    sk_X509_push(sent, decoded(ca->cert, library_handshakes()));
    struct verdict verdict = trust_verify_client(trust, sent, time(NULL), NULL, NULL);
    X509 *first = sk_X509_value(sent, 0);
    assert_int_equal(X509_cmp(first, leaf->cert), 0);
    assert_int_equal(X509_cmp(sk_X509_value(sent, 1), ca->cert), 0);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(first), leaf->key), 1);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(sk_X509_value(sent, 1)), ca->key), 1);
    *used = first;
    sk_X509_pop_free(sent, X509_free);
    return verdict.status;
}

/* Twins have the same names and serials, and other keys: each is judged by its own bytes. */
static void received_chains(void **unused)
{
    struct test_pair root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    struct test_pair ca =
        test_pair_new((struct test_spec){.cn = "ca", .issuer = &root, .ca = true});
    struct test_pair false_root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    struct test_pair false_ca =
        test_pair_new((struct test_spec){.cn = "ca", .issuer = &false_root, .ca = true});
    struct test_pair leaf = test_pair_new((struct test_spec){.cn = "leaf", .issuer = &ca});
    struct test_pair twin = test_pair_new((struct test_spec){.cn = "leaf", .issuer = &false_ca});
    struct trust *trust = trust_of(&root);
    X509 *first, *used;
    assert_int_equal(judge(trust, &twin, &false_ca, &used), VERDICT_BAD);
    assert_int_equal(judge(trust, &leaf, &ca, &first), VERDICT_GOOD);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(judge(trust, &leaf, &ca, &used), VERDICT_GOOD);
        assert_ptr_equal(used, first); /* remembered */
        assert_int_equal(judge(trust, &twin, &false_ca, &used), VERDICT_BAD);
        assert_int_equal(judge(trust, &twin, &ca, &used), VERDICT_BAD);
    }
    trust_free(trust);
    struct test_pair *all[] = {&root, &ca, &false_root, &false_ca, &leaf, &twin};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        test_pair_free(all[i]);
    }
}

/* --- a peer's key share --- */

/* As a handshake does: an own key, then what the peer sent as its point. */
static bool accepts(const char *group, const unsigned char *point, size_t n)
{
    OSSL_LIB_CTX *library = library_handshakes();
    EVP_PKEY *own = EVP_PKEY_Q_keygen(library, NULL, "EC", group);
    EVP_PKEY *peer = EVP_PKEY_new();
    EVP_PKEY_CTX *derive = EVP_PKEY_CTX_new_from_pkey(library, own, NULL);
    bool ok = EVP_PKEY_copy_parameters(peer, own) == 1 &&
              EVP_PKEY_set1_encoded_public_key(peer, point, n) == 1 &&
              EVP_PKEY_derive_init(derive) == 1 && EVP_PKEY_derive_set_peer(derive, peer) == 1;
    unsigned char secret[128];
    size_t size = sizeof(secret);
    ok = ok && EVP_PKEY_derive(derive, secret, &size) == 1;
    EVP_PKEY_CTX_free(derive);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(own);
    ERR_clear_error();
    return ok;
}

/* RFC 8446, 4.2.8.2: off the curve, out of range, infinity. */
static void shares_are_checked(void **unused)
{
    need_them();
    static const char *const GROUPS[] = {"P-256", "P-384", "P-521", "brainpoolP256r1"};
    for (size_t i = 0; i < sizeof(GROUPS) / sizeof(GROUPS[0]); i++) {
        EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", GROUPS[i]);
        unsigned char point[256];
        size_t n = 0;
        assert_int_equal(EVP_PKEY_get_octet_string_param(other, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                                         point, sizeof(point), &n),
                         1);
        assert_true(accepts(GROUPS[i], point, n));
        point[n - 1] ^= 1;
        assert_false(accepts(GROUPS[i], point, n)); /* off the curve */
        point[n - 1] ^= 1;
        memset(point + 1, 0xff, (n - 1) / 2);
        assert_false(accepts(GROUPS[i], point, n)); /* not below the prime */
        memset(point, 0, n);
        assert_false(accepts(GROUPS[i], point, 1)); /* infinity */
        point[0] = 4;
        assert_false(accepts(GROUPS[i], point, n));
        EVP_PKEY_free(other);
    }
}

static EVP_PKEY *key_of_point(const char *group, const unsigned char *point, size_t n)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(library_handshakes(), "EC", NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point, n),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/*
 * sect163k1 has cofactor 2: (0, sqrt(b)) = (0, 1) is on the curve and of order 2, so that only the
 * full check refuses it. Groups like it do not get the quick one.
 */
static void small_subgroups_are_refused(void **unused)
{
    need_them();
    unsigned char point[1 + 2 * 21] = {4};
    point[sizeof(point) - 1] = 1;
    EVP_PKEY *key = key_of_point("sect163k1", point, sizeof(point));
    if (!key) { /* a build without binary curves */
        ERR_clear_error();
        skip();
    }
    EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(library_handshakes(), key, NULL);
    assert_int_equal(EVP_PKEY_public_check_quick(check), 1);
    assert_int_not_equal(EVP_PKEY_public_check(check), 1);
    EVP_PKEY_CTX_free(check);
    EVP_PKEY_free(key);
    ERR_clear_error();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_providers_hold),
        cmocka_unit_test(keys_in_certificates),
        cmocka_unit_test(received_chains),
        cmocka_unit_test(shares_are_checked),
        cmocka_unit_test(small_subgroups_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
