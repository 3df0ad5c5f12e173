/* SPDX-License-Identifier: Apache-2.0 */
/* What the variables say of a live request, and that they say something of any request. */
#include "facts/variables.h"

#include "../gate/client_hello.h"
#include "../gate/live.h"
#include "tls/block.h"

static const char HEAD[] = "POST /a%20b/../c?x=1&Y=two&x=3&e= HTTP/1.1\r\n"
                           "Host: WWW.Example.org:8080\r\n"
                           "Cookie: one=1; two = 2 ;three\r\n"
                           "Cookie: four=4\r\n"
                           "X-Forwarded-For: 10.0.0.1\r\n"
                           "X-Forwarded-For: 10.0.0.2\r\n"
                           "X-Multi: a\r\n"
                           "X-Multi: b\r\n"
                           "Authorization: Basic dXNlcjpwYTpzcw==\r\n"
                           "Content-Type: text/x\r\n"
                           "Content-Length: 5\r\n\r\n";

static void values_of_a_request(void **state)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"$request", "POST /a%20b/../c?x=1&Y=two&x=3&e= HTTP/1.1"},
        {"$request_method $server_protocol $scheme [$https]", "POST HTTP/1.1 http []"},
        {"$uri $document_uri", "/c /c"},
        {"$request_uri", "/a%20b/../c?x=1&Y=two&x=3&e="},
        {"$args$is_args", "x=1&Y=two&x=3&e=?"},
        {"$arg_x,$arg_y,[$arg_e],[$arg_z]", "1,two,[],[]"},
        {"$host $http_host", "www.example.org WWW.Example.org:8080"},
        {"[$cookie_one][$cookie_two][$cookie_three][$cookie_four]", "[1][2 ][][4]"},
        {"$http_cookie", "one=1; two = 2 ;three; four=4"},
        {"$http_x_multi", "a, b"},
        {"$proxy_add_x_forwarded_for", "10.0.0.1, 10.0.0.2, 192.0.2.1"},
        {"$remote_addr:$remote_port $server_addr:$server_port", "192.0.2.1:40000 127.0.0.1:8080"},
        {"$remote_user", "user"},
        {"$content_type $content_length", "text/x 5"},
        {"$document_root$uri", "/srv/www/c"},
        {"$request_filename", "/srv/www/c"},
        {"$connection $connection_requests", "7 1"},
        {"$status", "000"},
        {"[$upstream_addr][$ssl_client_verify][$ssl_protocol][$tcpinfo_rtt]", "[][][][]"},
        {"[$http_absent][$sent_http_x][$upstream_http_x]", "[][][]"},
    };
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "root /srv/www/;", &err));
    assert_false(live_request(&live, HEAD)->malformed);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_str(live_value(&live, rows[i].text), rows[i].want);
    }
    struct str id = live_value(&live, "$request_id");
    assert_int_equal(id.n, 32);
    assert_true(str_eq(id, live_value(&live, "$request_id")));
    live_deinit(&live);
}

/* Basic authentication (RFC 7617): base64 with or without padding, and nothing else. */
static void the_user_is_read_from_base64(void **state)
{
    static const struct {
        const char *credentials;
        const char *user;
    } rows[] = {
        {"Basic dXNlcjpw", "user"},
        {"Basic dXNlcjpwMQ==", "user"},
        {"Basic dXNlcjpwMQ", "user"},
        {"basic  dXNlcjpwMTI=", "user"},
        {"Basic Ojpw", ""},
        {"Basic dXNlcg==", ""},
        {"Basic dXNl=jpw", ""},
        {"Basic dXNl cjpw", ""},
        {"Basic dX-lcjpw", ""},
        {"Basic dXNlcjpwM", ""},
        {"Basic ", ""},
        {"Bearer dXNlcjpw", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static struct live live;
        struct error err;
        char head[256];
        snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: %s\r\n\r\n",
                 rows[i].credentials);
        assert_true(live_load(&live, NULL, "root /srv;", &err));
        assert_false(live_request(&live, head)->malformed);
        assert_str(live_value(&live, "$remote_user"), rows[i].user);
        live_deinit(&live);
    }
}

/* Absent and empty are told apart by logs. */
static void what_is_not_there_is_absent(void **state)
{
    static const struct {
        const char *name;
        enum value_state state;
    } rows[] = {
        {"http_none", VALUE_ABSENT},
        {"args", VALUE_ABSENT},
        {"arg_none", VALUE_ABSENT},
        {"remote_user", VALUE_ABSENT},
        {"https", VALUE_SET},
        {"is_args", VALUE_SET},
        {"ssl_cipher", VALUE_ABSENT},
        {"ssl_client_s_dn", VALUE_ABSENT},
        {"upstream_status", VALUE_ABSENT},
        {"http_x", VALUE_SET},
    };
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "", &err));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)variables_use(&live.settings.vars, str_of(rows[i].name), NULL, 0);
    }
    live_request(&live, "GET / HTTP/1.1\r\nHost: x\r\nX:\r\n\r\n");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct variable *variable =
            variables_use(&live.settings.vars, str_of(rows[i].name), NULL, 0);
        struct value value = scope_get(&live.request->walk.scope, variable);
        if (value.state != rows[i].state) {
            fail_msg("$%s: state %d", rows[i].name, (int)value.state);
        }
    }
    live_deinit(&live);
}

static void ask_all(struct live *live)
{
    char name[64];
    const struct variables *all = &live->settings.vars;
    for (size_t i = 0; i < all->builtins_n; i++) {
        const struct builtin *row = &all->builtins[i];
        snprintf(name, sizeof(name), "%s%s", row->name, row->prefix ? "x" : "");
        struct variable *variable = variables_use(&live->settings.vars, str_of(name), NULL, 0);
        assert_int_equal(variable->kind, VARIABLE_BUILTIN);
        struct value value =
            live_scope_host.builtin(live->request, variable, &live->request->arena);
        assert_true(value.state == VALUE_SET || value.state == VALUE_ABSENT);
        assert_true(value.s.p || value.s.n == 0);
    }
}

static void every_variable_has_an_answer_for_any_request(void **state)
{
    static const char *const heads[] = {
        HEAD,
        "GET / HTTP/1.0\r\n\r\n",
        "\r\n\r\n",
        "GARBAGE\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        static struct live live;
        struct error err;
        assert_true(live_load(&live, NULL, "access_log off;", &err));
        live_request(&live, heads[i]);
        ask_all(&live);
        live_deinit(&live);
    }
}

static void tries_are_listed(void **state)
{
    struct upstream_try third = {
        .address = STR("c:3"), .status = 200, .stats = {1, 20, 1234, 10, 20, 5}};
    struct upstream_try second = {.address = STR("b:2"),
                                  .status = 404,
                                  .stats = {0, 2, 3, 1, 2, 3},
                                  .redirected = true,
                                  .next = &third};
    struct upstream_try first = {
        .address = STR("a:1"), .stats = {-1, -1, 7, 0, 0, 0}, .next = &second};
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "", &err));
    live_request(&live, HEAD)->tries = &first;
    assert_str(live_value(&live, "$upstream_addr"), "a:1, b:2 : c:3");
    assert_str(live_value(&live, "$upstream_status"), "-, 404 : 200");
    assert_str(live_value(&live, "$upstream_connect_time"), "-, 0.000 : 0.001");
    assert_str(live_value(&live, "$upstream_response_time"), "0.007, 0.003 : 1.234");
    assert_str(live_value(&live, "$upstream_response_length"), "0, 3 : 5");
    live_deinit(&live);
}

static void backends_fields_and_cookies(void **state)
{
    struct header items[] = {
        {HEADER_SET_COOKIE, STR("Set-Cookie"), STR("id=1; Path=/; other=no")},
        {HEADER_OTHER, STR("X-A"), STR("one")},
        {HEADER_OTHER, STR("x-a"), STR("two")},
        {HEADER_OTHER, STR("-A"), STR("three")},
    };
    struct response_head head = {.status = 200, .headers = {items, COUNT_OF(items)}};
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "", &err));
    live_request(&live, HEAD)->response.upstream = &head;
    assert_str(live_value(&live, "$upstream_http_x_a"), "one, two");
    assert_str(live_value(&live, "[$upstream_http__a][$upstream_http_a]"), "[three][]");
    assert_str(live_value(&live, "[$upstream_cookie_id][$upstream_cookie_other]"), "[1][]");
    live_deinit(&live);
}

static void args_can_be_set_and_uri_not(void **state)
{
    static struct live live;
    struct error err;
    struct variable *variable;
    assert_true(live_load(&live, NULL, "", &err));
    assert_true(variables_define_set(&live.settings.vars, STR("args"), &variable, &err));
    assert_false(variables_define_set(&live.settings.vars, STR("uri"), &variable, &err));
    live_request(&live, HEAD);
    variable = variables_use(&live.settings.vars, STR("args"), NULL, 0);
    scope_put(&live.request->walk.scope, variable, value_of(STR("new=1")));
    assert_str(live_value(&live, "$args $query_string $arg_new [$arg_x]"), "new=1 new=1 1 []");
    live_deinit(&live);
}

static void offers_are_listed(void **state)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "", &err));
    live_request(&live, HEAD);
    live.conn.transport.ssl = client_hello_read(2);
    assert_str(live_value(&live, "$ssl_ciphers"), "TLS_AES_128_GCM_SHA256:0x5a00:0x5a01");
    assert_str(live_value(&live, "$ssl_curves"), "prime256v1:0x5a00:0x5a01");
    SSL_free(live.conn.transport.ssl);
    live.conn.transport.ssl = client_hello_read(0);
    assert_str(live_value(&live, "$ssl_ciphers"), "TLS_AES_128_GCM_SHA256");
    assert_str(live_value(&live, "$ssl_curves"), "prime256v1");
    SSL_free(live.conn.transport.ssl);
    live.conn.transport.ssl = NULL;
    live_deinit(&live);
}

/* --- what is made of many pieces costs what they are long together --- */

enum { FEW = 400, MANY = 4 * FEW, ROWS_MAX = 200 };

/* A request in which everything that can be there several times is there n times. */
static void live_crowd(struct live *live, size_t n)
{
    static struct buf text;
    static struct upstream_try tries[MANY];
    static struct header items[MANY];
    static struct response_head head;
    static struct accept_state hello;
    buf_clear(&text);
    buf_append(&text, STR("GET /?a=b HTTP/1.1\r\nHost: h\r\n"));
    for (size_t i = 0; i < n; i++) {
        buf_append(&text, STR("X: v\r\nCookie: y=1\r\nX-Forwarded-For: 10.0.0.1\r\n"));
        items[i] = (struct header){HEADER_OTHER, STR("x"), STR("v")};
        tries[i] = (struct upstream_try){.address = STR("a:1"), .status = 502};
        tries[i].next = i + 1 < n ? &tries[i + 1] : NULL;
    }
    buf_append(&text, STR("\r\n"));
    buf_byte(&text, '\0');
    struct request *request = live_request(live, buf_view(&text).p);
    assert_false(request->malformed);
    head = (struct response_head){.status = 200, .headers = {items, n}};
    request->response.upstream = &head;
    request->response.sent = request->response.trailers = head.headers;
    request->tries = tries;
    live->conn.transport.ssl = client_hello_read(n);
    SSL_set_app_data(live->conn.transport.ssl, &hello);
}

static size_t taken(const struct arena *arena)
{
    return arena->used - (size_t)(arena->end - arena->next);
}

struct cost {
    const char *name;
    size_t bytes;
};

/* How many bytes of memory each variable costs in such a request. */
static size_t cost_of_all(size_t n, struct cost cost[ROWS_MAX])
{
    static struct live live;
    struct error err;
    char name[64];
    assert_true(live_load(&live, NULL, "access_log off;", &err));
    live_crowd(&live, n);
    size_t rows = live.settings.vars.builtins_n;
    assert_true(rows <= ROWS_MAX);
    for (size_t i = 0; i < rows; i++) {
        const struct builtin *row = &live.settings.vars.builtins[i];
        snprintf(name, sizeof(name), "%s%s", row->name, row->prefix ? "x" : "");
        struct variable *variable = variables_use(&live.settings.vars, str_of(name), NULL, 0);
        size_t before = taken(&live.request->arena);
        (void)live_scope_host.builtin(live.request, variable, &live.request->arena);
        cost[i] = (struct cost){row->name, taken(&live.request->arena) - before};
    }
    SSL_free(live.conn.transport.ssl);
    live.conn.transport.ssl = NULL;
    live_deinit(&live);
    return rows;
}

static void four_times_as_much_costs_four_times_the_memory(void **state)
{
    enum { BLOCKS = 2 * 4096 }; /* memory comes in blocks */
    struct cost few[ROWS_MAX], many[ROWS_MAX];
    size_t dear = 0;
    size_t rows = cost_of_all(FEW, few);
    assert_int_equal(cost_of_all(MANY, many), rows);
    for (size_t i = 0; i < rows; i++) {
        if (many[i].bytes > 4 * few[i].bytes + BLOCKS) {
            fail_msg("$%s: %zu bytes for %d, %zu for %d", few[i].name, few[i].bytes, FEW,
                     many[i].bytes, MANY);
        }
        dear += many[i].bytes > BLOCKS;
    }
    assert_in_range(dear, 10, ROWS_MAX); /* the request is as crowded as it means to be */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_a_request),
        cmocka_unit_test(the_user_is_read_from_base64),
        cmocka_unit_test(what_is_not_there_is_absent),
        cmocka_unit_test(every_variable_has_an_answer_for_any_request),
        cmocka_unit_test(tries_are_listed),
        cmocka_unit_test(backends_fields_and_cookies),
        cmocka_unit_test(args_can_be_set_and_uri_not),
        cmocka_unit_test(offers_are_listed),
        cmocka_unit_test(four_times_as_much_costs_four_times_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
