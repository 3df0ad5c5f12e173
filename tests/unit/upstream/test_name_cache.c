/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of names, for how long, and how much at the most. */
#include "upstream/name_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct address numbered(const char *text)
{
    struct address address;
    assert_true(address_parse(str_of(text), 0, &address));
    return address;
}

static void put(struct name_cache *cache, const char *name, const char *text, uint64_t until_ms)
{
    struct address address = numbered(text);
    name_cache_put(cache, name, &address, 1, 1000, until_ms);
}

static void assert_known(struct name_cache *cache, const char *name, uint64_t now_ms,
                         const char *text)
{
    struct address wanted = numbered(text);
    const struct cached_name *known = name_cache_get(cache, name, now_ms);
    assert_non_null(known);
    assert_int_equal(known->n, 1);
    assert_true(address_equal(&known->addresses[0], &wanted));
}

static void test_known_until_then(void **state)
{
    struct name_cache cache = {0};
    put(&cache, "a.example", "10.0.0.1", 2000);
    assert_known(&cache, "a.example", 1999, "10.0.0.1");
    assert_null(name_cache_get(&cache, "b.example", 1999));
    assert_null(name_cache_get(&cache, "a.example", 2000));
    assert_int_equal(cache.n, 0);
    name_cache_deinit(&cache);
}

static void test_over_already_is_not_remembered(void **state)
{
    struct name_cache cache = {0};
    put(&cache, "a.example", "10.0.0.1", 1000);
    assert_int_equal(cache.n, 0);
    put(&cache, "a.example", "10.0.0.1", 1001);
    assert_int_equal(cache.n, 1);
    name_cache_deinit(&cache);
}

static void test_known_is_not_replaced_before_it_is_over(void **state)
{
    struct name_cache cache = {0};
    put(&cache, "a.example", "10.0.0.1", 2000);
    put(&cache, "a.example", "10.0.0.2", 9000);
    assert_known(&cache, "a.example", 1500, "10.0.0.1");
    struct address later = numbered("10.0.0.2");
    name_cache_put(&cache, "a.example", &later, 1, 2000, 9000);
    assert_known(&cache, "a.example", 2000, "10.0.0.2");
    assert_int_equal(cache.n, 1);
    name_cache_deinit(&cache);
}

static void test_first_goes_when_full(void **state)
{
    struct name_cache cache = {0};
    char name[32];
    for (int i = 0; i < NAME_CACHE_MAX; i++) {
        snprintf(name, sizeof(name), "n%d.example", i);
        put(&cache, name, "10.0.0.1", 2000);
    }
    assert_known(&cache, "n0.example", 1000, "10.0.0.1");
    put(&cache, "last.example", "10.0.0.2", 2000);
    assert_int_equal(cache.n, NAME_CACHE_MAX);
    assert_null(name_cache_get(&cache, "n0.example", 1000));
    assert_known(&cache, "n1.example", 1000, "10.0.0.1");
    assert_known(&cache, "last.example", 1000, "10.0.0.2");
    name_cache_deinit(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_until_then),
        cmocka_unit_test(test_over_already_is_not_remembered),
        cmocka_unit_test(test_known_is_not_replaced_before_it_is_over),
        cmocka_unit_test(test_first_goes_when_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
