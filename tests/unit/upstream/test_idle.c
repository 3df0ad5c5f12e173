/* SPDX-License-Identifier: Apache-2.0 */
/* Which connections to a backend are kept, for whom, and what happens to those that went stale. */
#include "upstream/exchange_fixture.h"

/* --- what the request says about keeping --- */

static void test_not_kept_when_the_request_says_so(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    f.target.keep_alive = false;
    expect(&f, " connected head:200 data:hi done");
    expect(&f, " connected head:200 data:ho done");
    teardown(&f);
}

static void test_not_kept_when_the_request_was_not_complete(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    start(&f);
    finish(&f);
    expect(&f, " connected head:200 data:ho done");
    teardown(&f);
}

static void test_not_kept_without_keepalive(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    f.group.keepalive = 0;
    expect(&f, " connected head:200 data:hi done");
    expect(&f, " connected head:200 data:ho done");
    teardown(&f);
}

static void test_keepalive_requests(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STAY},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STAY},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STAY},
    };
    struct fixture f;
    setup(&f, turns, 3);
    f.group.keepalive_requests = 2;
    expect(&f, " connected head:200 done");
    expect(&f, " connected-again head:200 done");
    expect(&f, " connected head:200 done");
    teardown(&f);
}

static void test_keepalive_timeout(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    f.group.keepalive_timeout_ms = 20;
    expect(&f, " connected head:200 data:hi done");
    moment(&f, 60);
    assert_true(f.backend.conns[0].closed);
    expect(&f, " connected head:200 data:ho done");
    teardown(&f);
}

static void test_other_local_address_is_another_connection(void **state)
{
    struct fixture f;
    struct address local;
    setup(&f, two, 2);
    expect(&f, " connected head:200 data:hi done");
    assert_true(address_parse(STR("127.0.0.1"), 1, &local));
    address_set_port(&local, 0);
    f.target.local = &local;
    expect(&f, " connected head:200 data:ho done");
    teardown(&f);
}

static void test_other_group_is_another_connection(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    struct upstream_group other = f.group;
    other.index = 20;
    expect(&f, " connected head:200 data:hi done");
    f.target.group = &other;
    expect(&f, " connected head:200 data:ho done");
    teardown(&f);
}

/* --- stale connections --- */

static void test_idle_closed_connection_is_dropped(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", IDLE_CLOSE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho", STAY},
    };
    struct fixture f;
    setup(&f, turns, 2);
    expect(&f, " connected head:200 data:hi done");
    moment(&f, 40);
    expect(&f, " connected head:200 data:ho done");
    teardown(&f);
}

static void test_bytes_on_an_idle_connection_end_it(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi|HTTP/1.1 200 OK\r\nContent-Length: "
         "4\r\n\r\nevil",
         STAY},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho", STAY},
    };
    struct fixture f;
    setup(&f, turns, 2);
    expect(&f, " connected head:200 data:hi done");
    moment(&f, 40);
    expect(&f, " connected head:200 data:ho done");
    teardown(&f);
}

/* The backend closes a kept connection instead of answering the second request. */
static const struct turn stale[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", STAY},
    {NULL, CLOSE},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho", STAY},
};

static void test_stale_connection_is_replaced(void **state)
{
    struct fixture f;
    setup(&f, stale, 3);
    expect(&f, " connected head:200 data:hi done");
    expect(&f, " connected-again head:200 data:ho done");
    assert_int_equal(f.backend.accepted, 2);
    teardown(&f);
}

static void test_stale_connection_fails_when_not_to_be_retried(void **state)
{
    struct fixture f;
    setup(&f, stale, 3);
    f.retry_stale = false;
    expect(&f, " connected head:200 data:hi done");
    expect(&f, " connected-again failed:closed:upstream prematurely closed connection" WAITING);
    assert_int_equal(f.backend.accepted, 1);
    teardown(&f);
}

static void test_stale_connection_fails_once_a_body_was_given(void **state)
{
    struct fixture f;
    setup(&f, stale, 3);
    expect(&f, " connected head:200 data:hi done");
    f.body = "body";
    expect(&f, " connected-again failed:closed:upstream prematurely closed connection" WAITING);
    teardown(&f);
}

static void test_half_an_answer_is_not_stale(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", STAY},
        {"H", CLOSE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho", STAY},
    };
    struct fixture f;
    setup(&f, turns, 3);
    expect(&f, " connected head:200 data:hi done");
    expect(&f, " connected-again failed:closed:upstream prematurely closed connection" WAITING);
    teardown(&f);
}

static void test_closed_pool_keeps_nothing(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    expect(&f, " connected head:200 data:hi done");
    idle_pool_close(f.pool);
    moment(&f, 20);
    assert_true(f.backend.conns[0].closed);
    teardown(&f);
}

static void test_pool_is_bounded(void **state)
{
    static const struct turn turns[] = {{"HTTP/1.1 204 x\r\n\r\n", STAY},
                                        {"HTTP/1.1 204 x\r\n\r\n", STAY}};
    struct fixture f;
    setup(&f, turns, 2);
    f.group.keepalive = 1;
    start(&f);
    struct exchange *first = f.exchange;
    f.over = false;
    start(&f);
    exchange_end_request(first);
    exchange_end_request(f.exchange);
    struct exchange *second = f.exchange;
    f.exchange = NULL;
    finish(&f);
    f.over = false;
    finish(&f);
    exchange_free(first);
    exchange_free(second);
    moment(&f, 20);
    assert_int_equal(f.backend.accepted, 2);
    assert_int_equal(f.backend.conns[0].closed + f.backend.conns[1].closed, 1);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_kept_when_the_request_says_so),
        cmocka_unit_test(test_not_kept_when_the_request_was_not_complete),
        cmocka_unit_test(test_not_kept_without_keepalive),
        cmocka_unit_test(test_keepalive_requests),
        cmocka_unit_test(test_keepalive_timeout),
        cmocka_unit_test(test_other_local_address_is_another_connection),
        cmocka_unit_test(test_other_group_is_another_connection),
        cmocka_unit_test(test_idle_closed_connection_is_dropped),
        cmocka_unit_test(test_bytes_on_an_idle_connection_end_it),
        cmocka_unit_test(test_stale_connection_is_replaced),
        cmocka_unit_test(test_stale_connection_fails_when_not_to_be_retried),
        cmocka_unit_test(test_stale_connection_fails_once_a_body_was_given),
        cmocka_unit_test(test_half_an_answer_is_not_stale),
        cmocka_unit_test(test_closed_pool_keeps_nothing),
        cmocka_unit_test(test_pool_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
