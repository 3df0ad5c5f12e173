/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/proxy/proxy_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct row {
    const char *url;
    const char *host; /* $proxy_host; NULL: refused, with `uri` as the reason */
    const char *uri;
    unsigned port;
    bool is_address;
    enum proxy_url_kind kind; /* PROXY_URL_HTTP unless said */
};

static const struct row rows[] = {
    {"http://example.org", "example.org", "", 80, false},
    {"HTTPS://example.org/", "example.org", "/", 443, false},
    {"http://example.org:80/a?b", "example.org", "/a?b", 80, false},
    {"https://example.org:80", "example.org:80", "", 80, false},
    {"http://example.org:8080?x=/", "example.org:8080", "?x=/", 8080, false},
    {"http://127.0.0.1:81/", "127.0.0.1:81", "/", 81, true},
    {"http://[::1]", "[::1]", "", 80, true},
    {"http://[::1]:8080/x", "[::1]:8080", "/x", 8080, true},
    {"http://unix:/run/a.sock", "localhost", "", 80, true},
    {"http://unix:/run/a.sock:/uri/", "localhost", "/uri/", 80, true},
    {"ftp://example.org", NULL, "invalid URL prefix in \"ftp://example.org\"", 0, false},
    {"example.org", NULL, "invalid URL prefix in \"example.org\"", 0, false},
    {"http://", NULL, "no host in upstream \"\"", 0, false},
    {"http:///x", NULL, "no host in upstream \"/x\"", 0, false},
    {"http://:80", NULL, "no host in upstream \":80\"", 0, false},
    {"http://[::1", NULL, "no host in upstream \"[::1\"", 0, false},
    {"http://a:0", NULL, "invalid port in upstream \"a:0\"", 0, false},
    {"http://a:65536", NULL, "invalid port in upstream \"a:65536\"", 0, false},
    {"http://a:b", NULL, "invalid port in upstream \"a:b\"", 0, false},
    {"http://[::1]x", NULL, "invalid port in upstream \"[::1]x\"", 0, false},
    {"http://a\r\nX: y", NULL, "invalid host in upstream", 0, false},
    {"http://a b/", NULL, "invalid host in upstream", 0, false},
    {"http://a\x7f/", NULL, "invalid host in upstream", 0, false},
    {"http://a\x01:80/", NULL, "invalid host in upstream", 0, false},
    {"http://a:80\n", NULL, "invalid host in upstream", 0, false},
    {"http://[::1\r\n]", NULL, "invalid host in upstream", 0, false},
    {"http://a/\r\n", "a", "/\r\n", 80, false}, /* escaped where the request line is made */
    {"grpc://a:50051", "a:50051", "", 50051, false, PROXY_URL_GRPC},
    {"GRPCS://127.0.0.1:443", "127.0.0.1:443", "", 443, true, PROXY_URL_GRPC},
    {"[::1]:50051", "[::1]:50051", "", 50051, true, PROXY_URL_GRPC},
    {"group", "group", "", 0, false, PROXY_URL_GRPC},
    {"unix:/run/a.sock", "localhost", "", 0, true, PROXY_URL_GRPC},
    {"grpc://a:1/x", NULL, "invalid host in upstream \"a:1/x\"", 0, false, PROXY_URL_GRPC},
    {"a:1?x", NULL, "invalid host in upstream \"a:1?x\"", 0, false, PROXY_URL_GRPC},
    {"http://a:1", NULL, "invalid port in upstream \"http://a:1\"", 0, false, PROXY_URL_GRPC},
    {"grpc://a:1", NULL, "invalid URL prefix in \"grpc://a:1\"", 0, false},
    {"grpc://a\r\nx:1", NULL, "invalid host in upstream", 0, false, PROXY_URL_GRPC},
    {"http://unix:", NULL, "no path in the unix domain socket \"unix:\"", 0, false},
};

static void check(const struct row *row)
{
    struct proxy_url url;
    struct error err;
    bool ok = proxy_url_parse(str_of(row->url), row->kind, &url, &err);
    if (!row->host) {
        assert_false(ok);
        assert_string_equal(err.text, row->uri);
        return;
    }
    assert_true(ok);
    assert_true(str_eq(proxy_url_host(&url), str_of(row->host)));
    assert_true(str_eq(url.uri, str_of(row->uri)));
    assert_int_equal(url.port, row->port);
    assert_int_equal(url.is_address, row->is_address);
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("%s\n", rows[i].url);
        check(&rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
