/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "certs.h"

struct fixture {
    struct memo *memo;
    struct proof *proof, *other;
};

static struct proof *proof_of_one(const char *cn)
{
    struct test_pair pair = test_pair_new((struct test_spec){.cn = cn});
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, pair.cert);
    struct proof *proof = proof_new(chain);
    assert_non_null(proof);
    sk_X509_free(chain);
    test_pair_free(&pair);
    return proof;
}

static int memo_setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){memo_new(), proof_of_one("a"), proof_of_one("b")};
    *state = &fixture;
    return 0;
}

/* Who has put a proof may let go of it. */
static int memo_teardown(void **state)
{
    struct fixture *f = *state;
    proof_unref(f->proof);
    proof_unref(f->other);
    memo_free(f->memo);
    return 0;
}

static void expect(const struct fixture *f, const unsigned char *key, time_t now,
                   const struct proof *wanted, time_t wanted_until)
{
    time_t until = -1;
    struct proof *found = memo_find(f->memo, key, now, &until);
    assert_ptr_equal(found, wanted);
    assert_int_equal(until, wanted_until);
    proof_unref(found);
}

static void it_counts_for_its_times(void **state)
{
    const struct fixture *f = *state;
    const unsigned char key[MEMO_KEY_LEN] = {1, 2, 3};
    expect(f, key, 150, NULL, 0);
    memo_put(f->memo, key, 100, 200, f->proof);
    expect(f, key, 99, NULL, 0);
    expect(f, key, 100, f->proof, 200);
    expect(f, key, 200, f->proof, 200);
    expect(f, key, 201, NULL, 0);
    memo_put(f->memo, key, 201, 300, f->other);
    expect(f, key, 200, NULL, 0);
    expect(f, key, 201, f->other, 300);
}

static void every_byte_of_the_key_counts(void **state)
{
    const struct fixture *f = *state;
    unsigned char key[MEMO_KEY_LEN] = {7};
    memo_put(f->memo, key, 0, 1, f->proof);
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] ^= 0x10;
        expect(f, key, 1, NULL, 0);
        key[i] ^= 0x10;
    }
    expect(f, key, 1, f->proof, 1);
}

static void one_may_displace_another(void **state)
{
    const struct fixture *f = *state;
    const unsigned char key[MEMO_KEY_LEN] = {9}, twin[MEMO_KEY_LEN] = {9, 0, 1};
    memo_put(f->memo, key, 0, 1, f->proof);
    memo_put(f->memo, twin, 0, 1, f->other);
    expect(f, key, 1, NULL, 0);
    expect(f, twin, 1, f->other, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_counts_for_its_times, memo_setup, memo_teardown),
        cmocka_unit_test_setup_teardown(every_byte_of_the_key_counts, memo_setup, memo_teardown),
        cmocka_unit_test_setup_teardown(one_may_displace_another, memo_setup, memo_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
