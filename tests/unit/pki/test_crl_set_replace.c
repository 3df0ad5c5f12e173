/* SPDX-License-Identifier: Apache-2.0 */
/* Which set of CRLs may take another's place. */
#include "pki/crl_set_replace.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "crl_sets.h"

static struct test_pair other, rsa;

static void replacing(void **unused)
{
    struct error err = {""};
    struct test_list five = plain(), seven = plain(), of_other = plain(), delta = plain();
    five.number = "05";
    of_other.issuer = &other;
    of_other.number = "01";
    delta.number = "09";
    delta.base = "07";
    struct crl_set *old = SET_OF(&ca, &five);
    struct crl_set *new = SET_OF(&ca, &seven);
    struct crl_set *both = SET_OF(&ca, &five, &of_other);
    struct crl_set *alone = SET_OF(&ca, &of_other);
    struct crl_set *newest = SET_OF(&ca, &seven, &delta);
    struct crl_set *unknown = SET_OF(&rsa, &five);
    assert_true(crl_set_may_replace(new, old, &err));
    assert_true(crl_set_may_replace(old, old, &err));
    assert_true(crl_set_may_replace(both, old, &err));
    assert_true(crl_set_may_replace(alone, new, &err));
    assert_true(crl_set_may_replace(newest, new, &err));
    assert_false(crl_set_may_replace(old, new, &err));
    assert_string_equal(err.text, "the CRL of \"CN=CA,C=CH\" in \"1.crl\" is older than the one in "
                                  "force (its number is 05, the number in force is 07)");
    assert_false(crl_set_may_replace(both, new, &err));
    assert_false(crl_set_may_replace(new, newest, &err));
    assert_false(crl_set_may_replace(unknown, new, &err));
    struct crl_set *all[] = {old, new, both, alone, newest, unknown};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        crl_set_unref(all[i]);
    }
}

static int setup(void **unused)
{
    ca = test_pair_new((struct test_spec){.cn = "CA", .ca = true});
    other = test_pair_new((struct test_spec){.cn = "Other", .ca = true});
    rsa = test_pair_new((struct test_spec){.cn = "RSA", .ca = true, .rsa_bits = 2048});
    return 0;
}

static int teardown(void **unused)
{
    test_pair_free(&ca);
    test_pair_free(&other);
    test_pair_free(&rsa);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replacing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
