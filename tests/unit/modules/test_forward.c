/* SPDX-License-Identifier: Apache-2.0 */
/* What a backend is asked, and what a client hears of its answer, without a connection. */
#include "modules/proxy/forward_state.h"

#include "../gate/live.h"
#include "modules/proxy/forward_request.h"
#include "modules/proxy/forward_response.h"
#include "modules/proxy/forward_target.h"

struct scene {
    struct live live;
    struct balance *balances[4];
    struct forward forward;
    struct response_head head;
    struct framing framing;
};

static void on_ready(struct forward *forward)
{
    (void)forward;
}

static void open_scene(struct scene *s, const char *location, const char *conf)
{
    struct error err;
    *s = (struct scene){0};
    if (!live_load(&s->live, location, conf, &err)) {
        fail_msg("%s: %s", conf, err.text);
    }
}

/* The request that a backend would get for `head`. */
static struct str ask(struct scene *s, const char *head)
{
    live_end(&s->live);
    struct request *request = live_request(&s->live, head);
    assert_false(request->malformed);
    s->live.gate.balances = s->balances;
    request->walk.location = &s->live.server.root;
    request->walk.path_plain = true;
    request->handler = NULL;
    s->forward =
        (struct forward){.request = request, .settings = proxy_settings_of(request->walk.location)};
    forward_target(&s->forward, on_ready);
    assert_true(forward_build(&s->forward));
    return s->forward.sent.head;
}

/* The client's head fields for a backend's answer, one a line. */
static const char *answer(struct scene *s, const char *head)
{
    static char text[4096];
    const char *reason;
    size_t n = 0;
    (void)ask(s, "GET /a/x HTTP/1.1\r\nHost: h.test\r\n\r\n");
    assert_true(response_head_parse(str_of(head), &s->forward.request->arena, &s->head, &reason));
    assert_true(framing_of_response(&s->head, METHOD_GET, &s->framing, &reason));
    forward_translate(&s->forward, &s->head, &s->framing);
    const struct headers *headers = &s->forward.request->response.headers;
    text[0] = '\0';
    for (size_t i = 0; i < headers->n; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s: %.*s\n",
                              STR_ARG(headers->items[i].name), STR_ARG(headers->items[i].value));
    }
    return text;
}

static void test_plain(void **state)
{
    static struct scene s;
    open_scene(&s, "/a/", "proxy_pass http://127.0.0.1:81;");
    assert_str(ask(&s, "GET /a/%41?x#f HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nConnection: keep-alive\r\n"
                       "Keep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\nExpect: x\r\n"
                       "Proxy-Connection: x\r\nTrailer: x\r\n\r\n"),
               "GET /a/%41?x#f HTTP/1.1\r\nHost: 127.0.0.1:81\r\nX-A: 1\r\n\r\n");
    assert_true(s.forward.keep_alive);
    assert_false(s.forward.upgrade);
    live_deinit(&s.live);
}

static void test_uri_replaces_the_location(void **state)
{
    static struct scene s;
    open_scene(&s, "/a/", "proxy_pass http://127.0.0.1/b/;");
    struct str head = ask(&s, "GET /a/x%20y%3f?q HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_true(str_starts(head, STR("GET /b/x%20y%3F?q HTTP/1.1\r\nHost: 127.0.0.1\r\n")));
    s.forward.request->walk.rewritten = true;
    s.forward.request->walk.path = STR("/new");
    s.forward.request->walk.path_plain = false;
    assert_true(forward_build(&s.forward));
    assert_true(str_starts(s.forward.sent.head, STR("GET /new?q HTTP/1.1\r\n")));
    live_deinit(&s.live);
}

static void test_a_variable_cannot_end_the_line(void **state)
{
    static struct scene s;
    open_scene(&s, "/a/", "proxy_pass http://127.0.0.1$uri;");
    struct str head = ask(&s, "GET /a/%20HTTP/1.1%0D%0AX-Evil:%201 HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_true(str_starts(head, STR("GET /a/%20HTTP/1.1%0D%0AX-Evil:%201 HTTP/1.1\r\nHost:")));
    live_deinit(&s.live);
}

static void test_set_headers_replace(void **state)
{
    static struct scene s;
    open_scene(&s, "/a/",
               "proxy_pass http://127.0.0.1; proxy_set_header Host $host; proxy_set_header X-A "
               "mine; proxy_set_header X-Gone ''; proxy_set_header Content-Length 99;"
               "proxy_set_header Transfer-Encoding chunked; proxy_set_header Upgrade $http_upgrade;"
               "proxy_set_header Connection upgrade;");
    assert_str(ask(&s, "GET /a/ HTTP/1.1\r\nHost: h:81\r\nx-a: 1\r\nx-gone: 1\r\nX-B: 2\r\n"
                       "Upgrade: websocket\r\n\r\n"),
               "GET /a/ HTTP/1.1\r\nHost: h\r\nX-A: mine\r\nUpgrade: websocket\r\n"
               "Connection: upgrade\r\nX-B: 2\r\n\r\n");
    assert_true(s.forward.upgrade);
    (void)ask(&s, "GET /a/ HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_false(s.forward.upgrade);
    live_deinit(&s.live);
}

/* Traefik, CVE-2024-45410 and CVE-2021-32813: a client must not remove what the proxy says. */
static void test_connection_cannot_remove_what_the_proxy_sets(void **state)
{
    static struct scene s;
    open_scene(&s, "/a/",
               "proxy_pass http://127.0.0.1; proxy_set_header X-Client-DN known;"
               "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;");
    assert_str(ask(&s, "GET /a/ HTTP/1.1\r\nHost: h\r\nX-Own: 1\r\nX-Stays: 2\r\n"
                       "Connection: close, X-Client-DN, x-own, X-Forwarded-For, Host\r\n\r\n"),
               "GET /a/ HTTP/1.1\r\nX-Client-DN: known\r\nX-Forwarded-For: 192.0.2.1\r\n"
               "Host: 127.0.0.1\r\nX-Stays: 2\r\n\r\n");
    live_deinit(&s.live);
}

static void test_http_1_0(void **state)
{
    static struct scene s;
    open_scene(&s, "/a/", "proxy_pass http://127.0.0.1; proxy_http_version 1.0;");
    assert_str(ask(&s, "GET /a/ HTTP/1.1\r\nHost: h\r\n\r\n"),
               "GET /a/ HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    assert_false(s.forward.keep_alive);
    live_deinit(&s.live);
}

static void test_method_body_and_no_headers(void **state)
{
    static struct scene s;
    open_scene(&s, "/a/",
               "proxy_pass http://127.0.0.1; proxy_method POST; proxy_set_body \"v=$arg_v\";"
               "proxy_pass_request_headers off;");
    assert_str(ask(&s, "GET /a/?v=12 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n\r\n"),
               "POST /a/?v=12 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n");
    assert_str(s.forward.body_text, "v=12");
    live_deinit(&s.live);
}

static void test_hidden_and_passed(void **state)
{
    static struct scene s;
    static const char head[] =
        "HTTP/1.1 200 OK\r\nDate: d\r\nServer: s\r\nX-Accel-Expires: 1\r\nX-Pad: p\r\nX-A: 1\r\n"
        "X-B: 2\r\nConnection: X-C, keep-alive\r\nX-C: 3\r\nKeep-Alive: 1\r\n"
        "Content-Type: a/b\r\nContent-Length: 7\r\n\r\n";
    open_scene(&s, "/a/", "proxy_pass http://127.0.0.1; proxy_hide_header x-b;");
    assert_string_equal(answer(&s, head), "X-A: 1\n");
    assert_int_equal(s.forward.request->response.length, 7);
    assert_str(s.forward.request->response.content_type, "a/b");
    assert_false(s.forward.request->response.has_date);
    live_deinit(&s.live);
    open_scene(&s, "/a/",
               "proxy_pass http://127.0.0.1; proxy_pass_header Date; proxy_pass_header Server;"
               "proxy_pass_header X-Accel-Expires; proxy_pass_header Keep-Alive;");
    assert_string_equal(answer(&s, head),
                        "Date: d\nServer: s\nX-Accel-Expires: 1\nX-A: 1\nX-B: 2\n");
    assert_true(s.forward.request->response.has_date && s.forward.request->response.has_server);
    live_deinit(&s.live);
}

struct rewrite_row {
    const char *conf;
    const char *field;
    const char *expected;
};

static const struct rewrite_row rewrite_rows[] = {
    {"", "Location: http://127.0.0.1:81/b/x", "Location: http://h.test:8080/a/x\n"},
    {"", "Location: http://127.0.0.1:82/b/x", "Location: http://127.0.0.1:82/b/x\n"},
    {"", "Location: /b/x", "Location: /b/x\n"},
    {"proxy_redirect off;", "Location: http://127.0.0.1:81/b/x",
     "Location: http://127.0.0.1:81/b/x\n"},
    {"proxy_redirect http://other/ https://new/;", "Location: http://other/x",
     "Location: https://new/x\n"},
    {"proxy_redirect http://other/ https://new/;", "Location: http://127.0.0.1:81/b/x",
     "Location: http://127.0.0.1:81/b/x\n"},
    {"proxy_redirect ~^http://([^/]+)/(.*) /$1/$2;", "Location: http://q/x?y",
     "Location: http://h.test:8080/q/x?y\n"},
    {"proxy_redirect ~^http://Q/ /;", "Location: http://q/x", "Location: http://q/x\n"},
    {"proxy_redirect ~*^http://Q/.* /n;", "Location: http://q/x",
     "Location: http://h.test:8080/n\n"},
    {"proxy_redirect http://other/ /;", "Refresh: 5; URL=http://other/x", "Refresh: 5; URL=/x\n"},
    {"", "Set-Cookie: a=b;Path=/;Secure", "Set-Cookie: a=b;Path=/;Secure\n"},
    {"proxy_cookie_path /one/ /two/;", "Set-Cookie: a=b; path=/one/x; HttpOnly",
     "Set-Cookie: a=b; path=/two/x; HttpOnly\n"},
    {"proxy_cookie_path /one/ /two/;", "Set-Cookie: a=b; path=/One/x",
     "Set-Cookie: a=b; path=/One/x\n"},
    {"proxy_cookie_path ~*^/ONE/(.+)$ /$1;", "Set-Cookie: a=b; Path=/one/x",
     "Set-Cookie: a=b; Path=/x\n"},
    {"proxy_cookie_domain .In.test .out.test;", "Set-Cookie: a=b; Domain=.in.test",
     "Set-Cookie: a=b; Domain=.out.test\n"},
    {"proxy_cookie_domain in.test out.test;", "Set-Cookie: a=b; Domain=x.in.test",
     "Set-Cookie: a=b; Domain=x.in.test\n"},
    {"proxy_cookie_domain in.test out.test;", "Set-Cookie: Domain=in.test",
     "Set-Cookie: Domain=in.test\n"},
    {"proxy_cookie_flags ~s httponly samesite=lax; proxy_cookie_flags sid secure;",
     "Set-Cookie: SID=1; SameSite=None", "Set-Cookie: SID=1; SameSite=Lax; HttpOnly\n"},
    {"proxy_cookie_flags sid nosecure nohttponly nosamesite;",
     "Set-Cookie: sid=1; Secure; HttpOnly; SameSite=Lax; Path=/", "Set-Cookie: sid=1; Path=/\n"},
    {"proxy_cookie_flags sid secure;", "Set-Cookie: other=1", "Set-Cookie: other=1\n"},
    {"proxy_cookie_flags off;", "Set-Cookie: sid=1", "Set-Cookie: sid=1\n"},
};

static void test_rewrites(void **state)
{
    for (size_t i = 0; i < COUNT_OF(rewrite_rows); i++) {
        const struct rewrite_row *row = &rewrite_rows[i];
        static struct scene s;
        char conf[512], head[512];
        print_message("%s %s\n", row->conf, row->field);
        snprintf(conf, sizeof(conf), "proxy_pass http://127.0.0.1:81/b/; %s", row->conf);
        snprintf(head, sizeof(head), "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n%s\r\n\r\n",
                 row->field);
        open_scene(&s, "/a/", conf);
        assert_string_equal(answer(&s, head), row->expected);
        live_deinit(&s.live);
    }
}

/* --- what is refused --- */

struct refusal {
    const char *location;
    const char *conf;
    const char *error;
};

static const struct refusal refusals[] = {
    {"/", "proxy_pass ftp://x;", "invalid URL prefix in \"ftp://x\""},
    {"~x", "proxy_pass http://127.0.0.1/x;", "\"proxy_pass\" cannot have URI part in location"},
    {"@x", "proxy_pass http://127.0.0.1/;", "\"proxy_pass\" cannot have URI part in location"},
    {"/", "proxy_pass http://name.invalid;", "host not found in upstream \"name.invalid\""},
    {"/", "proxy_pass http://127.0.0.1; proxy_pass http://127.0.0.1;",
     "\"proxy_pass\" directive is duplicate"},
    {"/", "proxy_set_header 'X Y' z;", "invalid header name \"X Y\""},
    {"/", "proxy_ignore_headers X-Foo;", "invalid value \"X-Foo\""},
    {"/", "proxy_next_upstream sometimes;", "invalid value \"sometimes\""},
    {"/", "proxy_http_version 3;", "invalid value \"3\""},
    {"/", "proxy_redirect on;", "invalid parameter \"on\""},
    {"/", "proxy_redirect ~( x;", "pcre2_compile() failed"},
    {"/", "proxy_cookie_flags sid tasty;", "invalid parameter \"tasty\""},
    {"/", "proxy_bind localhost;", "invalid address \"localhost\""},
    {"/", "proxy_buffers 1 4k;", "there must be at least 2 \"proxy_buffers\""},
    {"/", "proxy_store on;", "\"proxy_store on\" is not supported yet"},
    {"/", "proxy_limit_rate 1k;", "\"proxy_limit_rate 1k\" is not supported yet"},
    {"/", "proxy_cache_purge $uri;", "\"proxy_cache_purge $uri\" is not supported yet"},
    {"/", "proxy_pass https://127.0.0.1; proxy_ssl_certificate c.pem;",
     "no \"proxy_ssl_certificate_key\" is defined for certificate"},
    {"/", "proxy_pass https://127.0.0.1; proxy_ssl_verify on;",
     "no proxy_ssl_trusted_certificate for proxy_ssl_verify"},
    {"/", "resolver 127.0.0.1 valid=x;", "invalid parameter: valid=x"},
    {"/", "resolver valid=5s;", "no name servers defined"},
    {"/", "resolver 127.0.0.1 ipv4=off ipv6=off;", "\"ipv4\" and \"ipv6\" cannot both be \"off\""},
    {"http", "upstream a { }", "no servers are inside upstream"},
    {"http", "upstream a { server 127.0.0.1 backup; }", "no servers in upstream \"a\""},
    {"http", "upstream a { server 127.0.0.1 weight=0; }", "invalid parameter \"weight=0\""},
    {"http", "upstream a { server 127.0.0.1 wait=1; }", "invalid parameter \"wait=1\""},
    {"http", "upstream a { server 127.0.0.1 resolve; }", "parameter \"resolve\" is not supported"},
    {"http", "upstream a { server 127.0.0.1:99999; }", "invalid port in upstream"},
    {"http", "upstream a { server 127.0.0.1; } upstream a { server 127.0.0.1; }",
     "duplicate upstream \"a\""},
    {"http", "upstream a { ip_hash; server 127.0.0.1; }", "\"ip_hash\" is not supported yet"},
    {"http", "upstream a { server 127.0.0.1; keepalive 8 global; }", "invalid parameter"},
};

static void test_refusals(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        static struct live live;
        struct error err = {{0}};
        if (live_load(&live, refusals[i].location, refusals[i].conf, &err)) {
            fail_msg("accepted: %s", refusals[i].conf);
        }
        if (!str_starts(str_of(err.text), str_of(refusals[i].error))) {
            fail_msg("%s: \"%s\"", refusals[i].conf, err.text);
        }
        live_deinit(&live);
    }
}

static void test_upstream_block(void **state)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, "http",
                          "upstream a { server 127.0.0.1 weight=2 max_fails=0 max_conns=3;"
                          "server [::1]:81 backup fail_timeout=5s; server unix:/run/x down;"
                          "keepalive 8 local; keepalive_timeout 5s; }",
                          &err));
    const struct upstream_group *group = settings_group(&live.settings, STR("a"));
    assert_int_equal(group->n, 3);
    assert_str(group->peers[0].name, "127.0.0.1:80");
    assert_int_equal(group->peers[0].weight, 2);
    assert_int_equal(group->peers[0].max_fails, 0);
    assert_int_equal(group->peers[0].max_conns, 3);
    assert_str(group->peers[1].name, "[::1]:81");
    assert_true(group->peers[1].backup && group->peers[2].down);
    assert_int_equal(group->peers[1].fail_timeout_ms, 5000);
    assert_str(group->peers[2].name, "unix:/run/x");
    assert_int_equal(group->keepalive, 8);
    assert_int_equal(group->keepalive_timeout_ms, 5000);
    assert_int_equal(group->keepalive_requests, 1000);
    live_deinit(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_uri_replaces_the_location),
        cmocka_unit_test(test_a_variable_cannot_end_the_line),
        cmocka_unit_test(test_set_headers_replace),
        cmocka_unit_test(test_connection_cannot_remove_what_the_proxy_sets),
        cmocka_unit_test(test_http_1_0),
        cmocka_unit_test(test_method_body_and_no_headers),
        cmocka_unit_test(test_hidden_and_passed),
        cmocka_unit_test(test_rewrites),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_upstream_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
