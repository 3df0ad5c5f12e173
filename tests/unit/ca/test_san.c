/* SPDX-License-Identifier: Apache-2.0 */
/* Subject alternative names as they are typed. */
#include "ca/san.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

static bool takes(const char *text, int type)
{
    struct error err;
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    bool ok = san_add(str_of(text), names, &err);
    if (ok) {
        int got;
        assert_int_equal(sk_GENERAL_NAME_num(names), 1);
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, 0), &got);
        assert_int_equal(got, type);
    } else {
        assert_int_equal(sk_GENERAL_NAME_num(names), 0);
    }
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    return ok;
}

static void what_is_taken(void **state)
{
    assert_true(takes("www.example.test", GEN_DNS));
    assert_true(takes("*.example.test", GEN_DNS));
    assert_true(takes("localhost", GEN_DNS));
    assert_true(takes("DNS:www.example.test", GEN_DNS));
    assert_true(takes("192.0.2.1", GEN_IPADD));
    assert_true(takes("ip:2001:db8::1", GEN_IPADD));
    assert_true(takes("2001:db8::1", GEN_IPADD));
    assert_true(takes("ada@example.test", GEN_EMAIL));
    assert_true(takes("uri:urn:x:y", GEN_URI));
    assert_true(takes("spiffe://example.test/a", GEN_URI));
}

static void what_is_refused(void **state)
{
    static const char *const BAD[] = {
        "",
        "dns:",
        "a..b",
        "-a.test",
        "a-.test",
        "a b",
        "www.*.test",
        "*",
        "192.0.2.256",
        "1.2.3",
        "www.example.test.",
        "ip:www",
        "ip:",
        "email:ada",
        "@example.test",
        "ada@",
        "a@b@c.test",
        "ada@192.0.2.1",
        "uri:nothing",
        "uri:",
        "://",
        "dns:a_b.test",
        "dns:h\xc3\xa4.test",
        "0123456789012345678901234567890123456789012345678901234567890123.test",
    };
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        assert_false(takes(BAD[i], 0));
    }
}

static void what_comes_back(void **state)
{
    struct error err;
    struct arena arena;
    arena_init(&arena, 0);
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    assert_int_equal(san_text(names, &arena).n, 0);
    assert_true(san_add(STR("a.test"), names, &err) && san_add(STR("::1"), names, &err) &&
                san_add(STR("a@b.test"), names, &err));
    assert_true(str_eq(san_text(names, &arena), STR("dns:a.test, ip:::1, email:a@b.test")));
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(what_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
