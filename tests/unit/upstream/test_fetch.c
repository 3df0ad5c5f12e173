/* SPDX-License-Identifier: Apache-2.0 */
/* A small document asked for: what is taken, and everything that is not. */
#include "upstream/fetch.h"

#include "upstream/exchange_fixture.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\n"

static struct fetch *running;
static bool free_in_done;

static void on_fetched(void *arg, struct str body, const char *error)
{
    struct fixture *f = arg;
    buf_printf(&f->log, "%s%s%.*s", error ? "error:" : "", error ? error : "", STR_ARG(body));
    if (free_in_done) {
        fetch_free(running);
        running = NULL;
    }
    end(f);
}

static struct fetch_options options_for(struct fixture *f, struct fetch_url *url)
{
    *url = (struct fetch_url){.authority = STR("ocsp.test:81"),
                              .host = STR("ocsp.test"),
                              .target = STR("/a?b"),
                              .is_address = true,
                              .address = f->backend.address};
    return (struct fetch_options){.url = url,
                                  .request_type = "text/q",
                                  .answer_type = "text/x",
                                  .body = STR("question"),
                                  .answer_max = 10,
                                  .timeout_ms = 300};
}

static void ask(struct fixture *f, const struct fetch_options *options)
{
    running = fetch_post(f->pool, &f->loop, options, on_fetched, f);
    assert_int_equal(buf_size(&f->log), 0);
    finish(f);
    fetch_free(running);
    running = NULL;
    buf_byte(&f->log, '\0');
}

static void expect_fetch(const struct turn *turn, const char *expected)
{
    struct fixture f;
    struct fetch_url url;
    setup(&f, turn, 1);
    struct fetch_options options = options_for(&f, &url);
    ask(&f, &options);
    if (!strstr(buf_view(&f.log).p, expected)) {
        fail_msg("\"%s\" is not in \"%s\"", expected, buf_view(&f.log).p);
    }
    teardown(&f);
}

static void answers(void **unused)
{
    static const struct {
        struct turn turn;
        const char *expected;
    } ALL[] = {
        {{HEAD "Content-Length: 5\r\n\r\nhello", STAY}, "hello"},
        {{HEAD "Content-Length: 10\r\n\r\n0123456789", STAY}, "0123456789"},
        {{HEAD "Content-Length: 11\r\n\r\n0123456789a", STAY}, "error:the response is too large"},
        {{HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", STAY}, "hello"},
        {{HEAD "Transfer-Encoding: chunked\r\n\r\n9\r\n012345678\r\n2\r\nab\r\n0\r\n\r\n", STAY},
         "error:the response is too large"},
        {{HEAD "\r\nhel|lo", CLOSE}, "hello"},
        {{HEAD "Content-Length: 0\r\n\r\n", STAY}, ""},
        {{HEAD "Content-Length: 6\r\n\r\nhello", CLOSE}, "error:upstream prematurely closed"},
        {{"HTTP/1.1 200 OK\r\nContent-Type: Text/X ; a=b\r\nContent-Length: 2\r\n\r\nhi", STAY},
         "hi"},
        {{"HTTP/1.1 200 OK\r\nContent-Type: text/xy\r\nContent-Length: 2\r\n\r\nhi", STAY},
         "error:the Content-Type of the response is not \"text/x\""},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", STAY},
         "error:the Content-Type of the response is not"},
        {{"HTTP/1.1 302 Found\r\nContent-Type: text/x\r\nLocation: /\r\n\r\n", CLOSE},
         "error:unexpected status 302"},
        {{"HTTP/1.1 500 No\r\nContent-Type: text/x\r\nContent-Length: 2\r\n\r\nhi", STAY},
         "error:unexpected status 500"},
        {{"garbage\r\n\r\n", STAY}, "error:"},
        {{NULL, SHUT_EARLY}, "error:"},
        {{NULL, CLOSE}, "error:upstream prematurely closed connection"},
        {{NULL, STAY}, "error:"},
        {{HEAD "Content-Length: 5\r\n\r\nhel", STAY}, "error:"},
    };
    for (size_t i = 0; i < COUNT_OF(ALL); i++) {
        expect_fetch(&ALL[i].turn, ALL[i].expected);
    }
}

/* One byte now and then is not progress without end: the limit is for all of it. */
static void slow_drip(void **unused)
{
    static const struct turn turn = {
        HEAD "Content-Length: 10\r\n\r\n0|||||||||||||||1|||||||||||||||2|||||||||||||||3"
             "|||||||||||||||4|||||||||||||||5|||||||||||||||6|||||||||||||||7||||||||||||||||89",
        STAY};
    expect_fetch(&turn, "error:timed out (110: Connection timed out)");
}

static void request_as_sent(void **unused)
{
    static const struct turn turn = {HEAD "Content-Length: 2\r\n\r\nhi", STAY};
    struct fixture f;
    struct fetch_url url;
    setup(&f, &turn, 1);
    struct fetch_options options = options_for(&f, &url);
    ask(&f, &options);
    struct str sent = buf_view(&f.backend.received);
    assert_true(str_starts(sent, STR("POST /a?b HTTP/1.1\r\nHost: ocsp.test:81\r\n"
                                     "Content-Type: text/q\r\nContent-Length: 8\r\n")));
    assert_true(str_ends(sent, STR("\r\n\r\nquestion")));
    teardown(&f);
}

static void freed_in_between(void **unused)
{
    static const struct turn turn = {HEAD "Content-Length: 2\r\n\r\nhi", STAY};
    struct fixture f;
    struct fetch_url url;
    setup(&f, &turn, 1);
    struct fetch_options options = options_for(&f, &url);
    free_in_done = true;
    ask(&f, &options);
    free_in_done = false;
    assert_string_equal(buf_view(&f.log).p, "hi");
    f.over = false;
    running = fetch_post(f.pool, &f.loop, &options, on_fetched, &f);
    fetch_free(running);
    moment(&f, 20);
    assert_false(f.over);
    teardown(&f);
}

static void addresses(void **unused)
{
    static const struct turn turn = {HEAD "Content-Length: 2\r\n\r\nhi", STAY};
    struct fixture f;
    struct fetch_url url;
    setup(&f, &turn, 1);
    struct fetch_options options = options_for(&f, &url);
    struct address both[2] = {f.backend.address, f.backend.address};
    address_set_port(&both[0], 1); /* nobody listens there */
    url.is_address = false;
    options.addresses = both;
    options.addresses_n = 2;
    ask(&f, &options);
    assert_string_equal(buf_view(&f.log).p, "hi");
    teardown(&f);

    setup(&f, &turn, 1);
    options.addresses_n = 0;
    ask(&f, &options);
    assert_string_equal(buf_view(&f.log).p, "error:no resolver defined to resolve ocsp.test");
    teardown(&f);
}

static void urls(void **unused)
{
    static const struct {
        const char *url, *host, *target;
        unsigned port;
    } RIGHT[] = {
        {"http://a.test", "a.test", "/", 80},
        {"HTTP://a.test:8080/x/y?z", "a.test", "/x/y?z", 8080},
        {"http://a.test?z", "a.test", "/?z", 80},
        {"http://127.0.0.1:1/", "127.0.0.1", "/", 1},
        {"http://[::1]:99/", "[::1]", "/", 99},
    };
    static const char *const WRONG[] = {
        "",
        "a.test",
        "https://a.test/",
        "http:/a.test",
        "http://",
        "http:///x",
        "http://:80/",
        "http://a.test:/",
        "http://a.test:0/",
        "http://a.test:65536/",
        "http://a.test:8x/",
        "http://u@a.test/",
        "http://a.test/x y",
        "http://a.test/\r\nX: y",
        "http://a.test/#f",
        "http://[::1/",
        "http://[a.test]/",
        "http://unix:/x",
        "http://a.test/\xc3\xa4",
    };
    struct arena arena;
    struct error err;
    struct fetch_url url;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(RIGHT); i++) {
        assert_true(fetch_url_parse(str_of(RIGHT[i].url), &arena, &url, &err));
        assert_true(str_eq(url.host, str_of(RIGHT[i].host)));
        assert_true(str_eq(url.target, str_of(RIGHT[i].target)));
        assert_int_equal(url.port, RIGHT[i].port);
        assert_int_equal(url.is_address, url.host.p[0] == '1' || url.host.p[0] == '[');
    }
    for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
        if (fetch_url_parse(str_of(WRONG[i]), &arena, &url, &err)) {
            fail_msg("%s passed", WRONG[i]);
        }
    }
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),         cmocka_unit_test(slow_drip),
        cmocka_unit_test(request_as_sent), cmocka_unit_test(freed_in_between),
        cmocka_unit_test(addresses),       cmocka_unit_test(urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
