/* SPDX-License-Identifier: Apache-2.0 */
/* Targets and hosts, with the answers that nginx gave to the same input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/uri.h"

static struct arena arena;

static int teardown(void **state)
{
    arena_deinit(&arena);
    return 0;
}

#define assert_str(got, want) assert_true(str_eq(got, str_of(want)))

static void paths_are_normalized_as_nginx_does(void **state)
{
    static const struct {
        const char *target;
        const char *merged; /* NULL: refused */
        const char *kept;   /* with merge_slashes off */
    } cases[] = {
        {"/", "/", "/"},
        {"//", "/", "//"},
        {"///a///", "/a/", "///a///"},
        {"/.", "/", "/"},
        {"/./", "/", "/"},
        {"/..", NULL, NULL},
        {"/../", NULL, NULL},
        {"/a/.", "/a/", "/a/"},
        {"/a/..", "/", "/"},
        {"/a/../", "/", "/"},
        {"/a/../b", "/b", "/b"},
        {"/a/../..", NULL, NULL},
        {"/a/b/../../c", "/c", "/c"},
        {"/a/..b", "/a/..b", "/a/..b"},
        {"/a/.../b", "/a/.../b", "/a/.../b"},
        {"/.a/b./c..", "/.a/b./c..", "/.a/b./c.."},
        {"/..%2f", NULL, NULL},
        {"/a/..%2fb", "/b", "/b"},
        {"/a%2f..%2Fb", "/b", "/b"},
        {"/%2e%2e", NULL, NULL},
        {"/a/%2e%2E/b", "/b", "/b"},
        {"/a/.%2e", "/", "/"},
        {"/%2e/a", "/a", "/a"},
        {"/%2f%2fa", "/a", "///a"},
        {"//..", NULL, "/"},
        {"//../a", NULL, "/a"},
        {"/a//../b", "/b", "/a/b"},
        {"/a/.//..//b", "/b", "/a//b"},
        {"/a%3fb", "/a?b", "/a?b"},
        {"/a%23b", "/a#b", "/a#b"},
        {"/a%2525", "/a%25", "/a%25"},
        {"/..%23", "/..#", "/..#"},
        {"/a/..?x", "/", "/"},
        {"/a/..#x", "/", "/"},
        {"/a#b?c", "/a", "/a"},
        {"/+%2b", "/++", "/++"},
        {"/%01%0a%7f", "/\x01\n\x7f", "/\x01\n\x7f"},
        {"/\xc3\xa4%C3%a4", "/\xc3\xa4\xc3\xa4", "/\xc3\xa4\xc3\xa4"},
        {"/a\\..\\b", "/a\\..\\b", "/a\\..\\b"},
        {"/;a=b/\"<>", "/;a=b/\"<>", "/;a=b/\"<>"},
        {"/%", NULL, NULL},
        {"/%4", NULL, NULL},
        {"/%4?a", NULL, NULL},
        {"/%4g", NULL, NULL},
        {"/%g4", NULL, NULL},
        {"/%00", NULL, NULL},
        {"/\x7f", NULL, NULL},
        {"/a b", NULL, NULL},
        {"/a?\x01", NULL, NULL},
        {"a", NULL, NULL},
        {"", NULL, NULL},
        {"*", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct uri uri;
        assert_int_equal(uri_parse(str_of(cases[i].target), true, &arena, &uri),
                         cases[i].merged != NULL);
        if (cases[i].merged) {
            assert_str(uri.path, cases[i].merged);
        }
        assert_int_equal(uri_parse(str_of(cases[i].target), false, &arena, &uri),
                         cases[i].kept != NULL);
        if (cases[i].kept) {
            assert_str(uri.path, cases[i].kept);
        }
    }
}

static void arguments_are_kept_as_sent(void **state)
{
    static const struct {
        const char *target;
        const char *args;
        bool has_args;
        bool plain;
    } cases[] = {
        {"/a", "", false, true},
        {"/a?", "", true, true},
        {"/a?b=%zz&../c?d", "b=%zz&../c?d", true, true},
        {"/a?b#c", "b", true, true},
        {"/a?#c", "", true, true},
        {"/a#b?c", "", false, true},
        {"/%61?b", "b", true, false},
        {"/./?b", "b", true, false},
        {"/.a?b", "b", true, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct uri uri;
        assert_true(uri_parse(str_of(cases[i].target), true, &arena, &uri));
        assert_str(uri.args, cases[i].args);
        assert_int_equal(uri.has_args, cases[i].has_args);
        assert_int_equal(uri.plain, cases[i].plain);
    }
}

static void escaping_has_three_sets(void **state)
{
    struct str in = STR("aZ0-._~!$&'()*+,/:;=@[]\"<>\\^`{|} %?#\x01\x7f\xff");
    assert_str(uri_escape(ESCAPE_URI, in, &arena),
               "aZ0-._~!$&'()*+,/:;=@[]%22%3C%3E%5C%5E%60%7B%7C%7D%20%25%3F%23%01%7F%FF");
    assert_str(uri_escape(ESCAPE_ARGS, in, &arena),
               "aZ0-._~!$%26'()*%2B,/:%3B=@[]%22%3C%3E%5C%5E%60%7B%7C%7D%20%25%3F%23%01%7F%FF");
    assert_str(uri_escape(ESCAPE_COMPONENT, in, &arena),
               "aZ0-._~%21%24%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%40%5B%5D%22%3C%3E%5C%5E%60%7B%7C%7D"
               "%20%25%3F%23%01%7F%FF");
    assert_str(uri_escape(ESCAPE_COMPONENT, STR("abc"), &arena), "abc");
}

static void unescaping_leaves_what_is_broken(void **state)
{
    assert_str(uri_unescape(STR("a%20b%2"), &arena), "a b%2");
    assert_str(uri_unescape(STR("%zz%41%"), &arena), "%zzA%");
    assert_str(uri_unescape(STR("%%41"), &arena), "%A");
    assert_str(uri_unescape(STR("a+b"), &arena), "a+b");
}

static void arguments_are_found_by_name(void **state)
{
    struct str value;
    struct str args = STR("ab=1&a&A=2&a=3&c=&d=x=y");
    assert_true(uri_arg(args, STR("a"), &value));
    assert_str(value, "2");
    assert_true(uri_arg(args, STR("c"), &value));
    assert_str(value, "");
    assert_true(uri_arg(args, STR("d"), &value));
    assert_str(value, "x=y");
    assert_false(uri_arg(args, STR("b"), &value));
    assert_false(uri_arg(args, STR("e"), &value));
    assert_false(uri_arg(STR(""), STR(""), &value));
}

static void ways_up_are_found(void **state)
{
    static const struct {
        const char *prefix, *rest;
        bool file, uri;
    } joined[] = {
        {"/x/", "../a", true, true},     {"/x/", "..", true, true},
        {"/x/", "..;/a", false, true},   {"/x/", "..;a=b/c", false, true},
        {"/x/", "a/../b", true, true},   {"/x/", "a/..", true, true},
        {"/x/", "a/..;/b", false, true}, {"/x/", "/../b", true, true},
        {"/x/.", "./a", true, true},     {"/x/.", ".;/a", false, true},
        {"/x/..", "", false, false},     {"/x/..", "/a", false, false},
        {"/x/", "", false, false},       {"/x/", "/", false, false},
        {"/x/", "...", false, false},    {"/x/", "..a/b", false, false},
        {"/x/", "a../b", false, false},  {"/x/", ";../b", false, false},
        {"/x", "../a", false, false},    {"/x/;", "../a", false, false},
        {"/x/.", "a", false, false},     {"/x/a;", "../b", false, false},
        {"x", "/..", true, true},        {"", "..", true, true},
        {"/../x/", "a", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(joined); i++) {
        struct str prefix = str_of(joined[i].prefix), rest = str_of(joined[i].rest);
        assert_int_equal(uri_join_climbs(PARENT_FILE, prefix, rest), joined[i].file);
        assert_int_equal(uri_join_climbs(PARENT_URI, prefix, rest), joined[i].uri);
    }
    assert_int_equal(uri_parents(PARENT_FILE, STR("/../a/..;/..")), 2);
    assert_int_equal(uri_parents(PARENT_URI, STR("/../a/..;/..")), 3);
    assert_int_equal(uri_parents(PARENT_URI, STR("/...//a..")), 0);

    static const struct {
        const char *path;
        bool climbs;
    } encoded[] = {
        {"/a/../b", true},       {"/a/%2e%2E/b", true}, {"/a/.%2e", true},
        {"/a/..%2fb", true},     {"/a%2f..", true},     {"/a/%252e%252e/b", true},
        {"/a/%25252e./b", true}, {"/a/..%3bx/b", true}, {"/a/%2e%2", false},
        {"/a/%2e/b", false},     {"/a/%25/b", false},   {"/a/%zz..", false},
        {"/a/..b/%252e", false}, {"", false},           {"/%2525252525252525252525252541", true},
    };
    for (size_t i = 0; i < COUNT_OF(encoded); i++) {
        assert_int_equal(uri_climbs_encoded(str_of(encoded[i].path), &arena), encoded[i].climbs);
    }
}

static void hosts_are_normalized(void **state)
{
    static const struct {
        const char *host;
        const char *want; /* NULL: refused */
    } cases[] = {
        {"a", "a"},
        {"A.Example.ORG", "a.example.org"},
        {"a.", "a"},
        {"a.:443", "a"},
        {"a:", "a"},
        {"a:65535", "a"},
        {"a_b", "a_b"},
        {"1.2.3.4:80", "1.2.3.4"},
        {"[::1]", "[::1]"},
        {"[2001:DB8::1]:443", "[2001:db8::1]"},
        {"[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]"},
        {"", NULL},
        {".", NULL},
        {".a", NULL},
        {"a..", NULL},
        {"a..b", NULL},
        {":80", NULL},
        {"a:65536", NULL},
        {"a:x", NULL},
        {"a:-1", NULL},
        {"a:80:90", NULL},
        {"::1", NULL},
        {"[]", NULL},
        {"[::1", NULL},
        {"[::1]x", NULL},
        {"[::1].", NULL},
        {"[::1]:x", NULL},
        {"[1.2.3.4]", NULL},
        {"[v1.a]", "[v1.a]"},
        {"[VfF.A:b]:80", "[vff.a:b]"},
        {"[v1.-._~!$&'()*+,;=:]", "[v1.-._~!$&'()*+,;=:]"},
        {"[v]", NULL},
        {"[v1]", NULL},
        {"[v1.]", NULL},
        {"[v.a]", NULL},
        {"[vg.a]", NULL},
        {"[v1.a/b]", NULL},
        {"[v1.a%41]", NULL},
        {"[v1.[]", NULL},
        {"[v1.a]x", NULL},
        {"[v1.a", NULL},
        {"[fe80::1%25eth0]", NULL},
        {"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", NULL},
        {"a]", NULL},
        {"a b", NULL},
        {"a\tb", NULL},
        {"a/b", NULL},
        {"a\\b", NULL},
        {"a@b", NULL},
        {"a?b", NULL},
        {"a#b", NULL},
        {"a%41", NULL},
        {"a\"b", NULL},
        {"\xe4", NULL},
        {"a\x7f", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str out;
        struct str host = str_of(cases[i].host);
        assert_int_equal(host_valid(host), cases[i].want != NULL);
        assert_int_equal(host_normalize(host, &arena, &out), cases[i].want != NULL);
        if (cases[i].want) {
            assert_str(out, cases[i].want);
        }
    }
    assert_false(host_valid(STR("a\0b")));
    assert_false(host_valid(STR("[::1\0]")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(paths_are_normalized_as_nginx_does, teardown),
        cmocka_unit_test_teardown(arguments_are_kept_as_sent, teardown),
        cmocka_unit_test_teardown(escaping_has_three_sets, teardown),
        cmocka_unit_test_teardown(unescaping_leaves_what_is_broken, teardown),
        cmocka_unit_test_teardown(arguments_are_found_by_name, teardown),
        cmocka_unit_test_teardown(ways_up_are_found, teardown),
        cmocka_unit_test_teardown(hosts_are_normalized, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
