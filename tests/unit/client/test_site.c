/* SPDX-License-Identifier: Apache-2.0 */
/* Sites as they are typed. */
#include "client/site.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

static struct arena arena;

static const struct {
    const char *text, *url, *origin, *host;
} GOOD[] = {
    {"https://git.example.test", "https://git.example.test", "https://git.example.test:443",
     "git.example.test"},
    {"HTTPS://Git.Example.TEST:443/", "https://git.example.test", "https://git.example.test:443",
     "git.example.test"},
    {"https://git.example.test:8443/Team//", "https://git.example.test:8443/Team",
     "https://git.example.test:8443", "git.example.test"},
    {"https://localhost:1", "https://localhost:1", "https://localhost:1", "localhost"},
    {"https://under_score.test", "https://under_score.test", "https://under_score.test:443",
     "under_score.test"},
    {"https://xn--bcher-kva.example", "https://xn--bcher-kva.example",
     "https://xn--bcher-kva.example:443", "xn--bcher-kva.example"},
    {"https://127.0.0.1:65535", "https://127.0.0.1:65535", "https://127.0.0.1:65535", "127.0.0.1"},
    {"https://[2001:DB8:0:0:0:0:0:1]", "https://[2001:db8::1]", "https://[2001:db8::1]:443",
     "[2001:db8::1]"},
    {"https://[::1]:8443/a", "https://[::1]:8443/a", "https://[::1]:8443", "[::1]"},
    {"https://a/~me/x%20y;v=1,2&(c)+@:$!", "https://a/~me/x%20y;v=1,2&(c)+@:$!", "https://a:443",
     "a"},
    {"https://3com.test", "https://3com.test", "https://3com.test:443", "3com.test"},
};

static void sites_that_are_taken(void **state)
{
    struct error err;
    struct site site;
    for (size_t i = 0; i < COUNT_OF(GOOD); i++) {
        assert_true(site_parse(str_of(GOOD[i].text), &arena, &site, &err));
        assert_true(str_eq(site.url, str_of(GOOD[i].url)));
        assert_true(str_eq(site.origin, str_of(GOOD[i].origin)));
        assert_true(str_eq(site.host, str_of(GOOD[i].host)));
    }
}

static const char *const BAD[] = {
    "",
    "https://",
    "https:///path",
    "https://:443",
    "http://a",
    "ftp://a",
    "a",
    "//a",
    "https:/a",
    "https://a b",
    " https://a",
    "https://a\n",
    "https://a\x7f",
    "https://a/\t",
    "https://me@a",
    "https://me:word@a",
    "https://a?q",
    "https://a/?q",
    "https://a#f",
    "https://*.a",
    "https://a/*",
    "https://*",
    "https://a'b",
    "https://a/'b",
    "https://a/\"b",
    "https://a/`b",
    "https://a/b\\c",
    "https://a\\b",
    "https://a/%",
    "https://a/%4",
    "https://a/%zz",
    "https://a/{b}",
    "https://a/<b>",
    "https://a:",
    "https://a:0",
    "https://a:65536",
    "https://a:443a",
    "https://a:-1",
    "https://a:4:5",
    "https://.a",
    "https://a.",
    "https://a..b",
    "https://-a",
    "https://a-.b",
    "https://a,b",
    "https://$(x)",
    "https://b\xc3\xbc"
    "cher.example",
    "https://1.2.3",
    "https://1.2.3.4.5",
    "https://1.2.3.256",
    "https://127.1",
    "https://2130706433",
    "https://a.0x7f",
    "https://[::1",
    "https://[]",
    "https://[::1]x",
    "https://[::1%25eth0]",
    "https://[127.0.0.1]",
    "https://::1",
    "https://0123456789012345678901234567890123456789012345678901234567890123.test",
};

static void sites_that_are_refused(void **state)
{
    struct error err;
    struct site site;
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        err.text[0] = '\0';
        if (site_parse(str_of(BAD[i]), &arena, &site, &err)) {
            fail_msg("%s was taken", BAD[i]);
        }
        assert_true(err.text[0] != '\0');
    }
    assert_false(site_parse((struct str){"https://a\0b", 11}, &arena, &site, &err));
}

static void length_is_bounded(void **state)
{
    static char text[3000];
    struct error err;
    struct site site;
    memset(text, 'a', sizeof(text) - 1);
    memcpy(text, "https://a/", 10);
    assert_true(site_parse((struct str){text, 2000}, &arena, &site, &err));
    assert_false(site_parse((struct str){text, 2001}, &arena, &site, &err));
}

static int set_up(void **state)
{
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sites_that_are_taken),
        cmocka_unit_test(sites_that_are_refused),
        cmocka_unit_test(length_is_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
