/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of responders' answers, and for how long. */
#include "pki/ocsp_cache.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "../certs.h"

enum { NOW = 1000000 };

static const struct ocsp_answer GOOD = {OCSP_GOOD, -1, 0, NOW - 10, NOW + 100};

static void holds_until_its_end(void **unused)
{
    struct ocsp_cache *cache = ocsp_cache_new(4096);
    const unsigned char key[OCSP_KEY_LEN] = {1}, other[OCSP_KEY_LEN] = {1, [31] = 1};
    struct ocsp_answer answer;
    assert_false(ocsp_cache_get(cache, key, NOW, &answer));
    ocsp_cache_put(cache, key, NOW, &GOOD);
    assert_true(ocsp_cache_get(cache, key, NOW, &answer));
    assert_int_equal(answer.status, OCSP_GOOD);
    assert_true(ocsp_cache_get(cache, key, NOW + 100, &answer));
    assert_false(ocsp_cache_get(cache, key, NOW + 101, &answer));
    assert_false(ocsp_cache_get(cache, other, NOW, &answer));      /* the same place, another key */
    assert_false(ocsp_cache_get(cache, key, NOW - 1000, &answer)); /* the clock went back */
    ocsp_cache_free(cache);
}

static void takes_what_can_be_kept(void **unused)
{
    struct ocsp_cache *cache = ocsp_cache_new(0);
    const unsigned char key[OCSP_KEY_LEN] = {1};
    struct ocsp_answer answer = GOOD;
    answer.status = OCSP_UNKNOWN;
    ocsp_cache_put(cache, key, NOW, &answer);
    assert_false(ocsp_cache_get(cache, key, NOW, &answer));
    answer = GOOD;
    answer.next_update = 0;
    ocsp_cache_put(cache, key, NOW, &answer);
    assert_false(ocsp_cache_get(cache, key, NOW, &answer));
    answer = GOOD;
    ocsp_cache_put(cache, key, NOW + 101, &answer);
    assert_false(ocsp_cache_get(cache, key, NOW, &answer));
    ocsp_cache_free(cache);
}

/* Whoever replays an answer from before the revocation changes nothing. */
static void newer_ones_stay(void **unused)
{
    struct ocsp_cache *cache = ocsp_cache_new(0);
    const unsigned char key[OCSP_KEY_LEN] = {1}, other[OCSP_KEY_LEN] = {2};
    struct ocsp_answer revoked = {OCSP_REVOKED, 1, NOW - 5, NOW - 1, NOW + 50}, answer;
    ocsp_cache_put(cache, key, NOW, &GOOD);
    ocsp_cache_put(cache, key, NOW, &revoked);
    assert_true(ocsp_cache_get(cache, key, NOW, &answer));
    assert_int_equal(answer.status, OCSP_REVOKED);
    ocsp_cache_put(cache, key, NOW, &GOOD);
    assert_true(ocsp_cache_get(cache, key, NOW, &answer));
    assert_int_equal(answer.status, OCSP_REVOKED);
    ocsp_cache_put(cache, other, NOW, &GOOD); /* there is one place only */
    assert_false(ocsp_cache_get(cache, key, NOW, &answer));
    assert_true(ocsp_cache_get(cache, other, NOW, &answer));
    ocsp_cache_free(cache);
}

static void keys(void **unused)
{
    struct test_pair a = test_pair_new((struct test_spec){.cn = "a", .ca = true});
    struct test_pair b = test_pair_new((struct test_spec){.cn = "a", .ca = true});
    unsigned char one[OCSP_KEY_LEN], two[OCSP_KEY_LEN];
    assert_true(ocsp_cache_key(a.cert, b.cert, one));
    assert_true(ocsp_cache_key(b.cert, a.cert, two));
    assert_memory_not_equal(one, two, OCSP_KEY_LEN);
    assert_true(ocsp_cache_key(a.cert, a.cert, two));
    assert_memory_not_equal(one, two, OCSP_KEY_LEN);
    assert_true(ocsp_cache_key(a.cert, b.cert, two));
    assert_memory_equal(one, two, OCSP_KEY_LEN);
    test_pair_free(&a);
    test_pair_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_until_its_end),
        cmocka_unit_test(takes_what_can_be_kept),
        cmocka_unit_test(newer_ones_stay),
        cmocka_unit_test(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
