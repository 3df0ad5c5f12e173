/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/address.h"

static void check(const char *text, const char *full, const char *host)
{
    struct address address;
    char out[ADDRESS_TEXT_MAX];
    assert_true(address_parse(str_of(text), 80, &address));
    assert_string_equal(address_text(&address, out).p, full);
    assert_string_equal(address_host(&address, out).p, host);
}

static void addresses_are_read_and_written(void **state)
{
    (void)state;
    check("127.0.0.1", "127.0.0.1:80", "127.0.0.1");
    check("127.0.0.1:8443", "127.0.0.1:8443", "127.0.0.1");
    check("[::1]:443", "[::1]:443", "::1");
    check("[::1]", "[::1]:80", "::1");
    check("::1", "[::1]:80", "::1");
    check("2001:DB8::0:1", "[2001:db8::1]:80", "2001:db8::1");
    check("unix:/tmp/s", "unix:/tmp/s", "unix:");
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          "localhost",     "1.2.3",    "1.2.3.4:",    "1.2.3.4:0", "1.2.3.4:65536",
        "1.2.3.4:x", "[::1",          "[::1]443", "[1.2.3.4]:1", "unix:",     "1.2.3.256",
        "[::1]:",    "1.2.3.4:80:90", " 1.2.3.4", "1.2.3.4 ",
    };
    struct address address;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(address_parse(str_of(bad[i]), 80, &address));
    }
    assert_false(address_parse((struct str){"1.2.3.4\0", 8}, 80, &address));
}

/* By the function, and by the keys. */
static bool are_equal(const struct address *a, const struct address *b)
{
    char x[ADDRESS_KEY_MAX], y[ADDRESS_KEY_MAX];
    bool equal = address_equal(a, b);
    assert_int_equal(str_eq(address_key(a, x), address_key(b, y)), equal);
    return equal;
}

static void equality_looks_at_address_and_port(void **state)
{
    (void)state;
    struct address a, b;
    assert_true(address_parse(STR("127.0.0.1:80"), 1, &a));
    assert_true(address_parse(STR("127.0.0.1"), 80, &b));
    assert_true(are_equal(&a, &b));
    address_set_port(&b, 81);
    assert_int_equal(address_port(&b), 81);
    assert_false(are_equal(&a, &b));
    assert_true(address_parse(STR("[::1]:80"), 1, &a));
    assert_true(address_parse(STR("[::2]:80"), 1, &b));
    assert_false(are_equal(&a, &b));
    assert_true(address_parse(STR("[::1]:80"), 1, &b));
    assert_true(are_equal(&a, &b));
    b.u.in6.sin6_scope_id = 2;
    assert_false(are_equal(&a, &b));
    assert_true(address_parse(STR("127.0.0.1:80"), 1, &a));
    assert_true(address_parse(STR("127.0.0.2:80"), 1, &b));
    assert_false(are_equal(&a, &b));
    assert_true(address_parse(STR("unix:/a"), 1, &a));
    assert_false(are_equal(&a, &b));
    assert_true(address_parse(STR("unix:/a"), 1, &b));
    assert_true(are_equal(&a, &b));
    assert_true(address_parse(STR("unix:/b"), 1, &b));
    assert_false(are_equal(&a, &b));
}

static void names_are_looked_up(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    struct address *found;
    size_t n;
    struct error err;
    assert_true(address_lookup(STR("localhost"), 8080, &arena, &found, &n, &err));
    assert_true(n >= 1);
    assert_int_equal(address_port(&found[0]), 8080);
    assert_false(address_lookup(STR("no such host"), 1, &arena, &found, &n, &err));
    assert_non_null(strstr(err.text, "host not found in \"no such host\""));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(equality_looks_at_address_and_port),
        cmocka_unit_test(names_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
