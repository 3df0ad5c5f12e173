/* SPDX-License-Identifier: Apache-2.0 */
/* How long a client may take with its body: only while it is the client who is waited for. */
#include "live.h"

#include "net/loop.h"

static struct live live;
static struct loop loop;

static void on_expired(struct deadline *deadline)
{
    (void)deadline;
    fail();
}

static void on_closed(struct deadline *deadline)
{
    (void)deadline;
}

static void on_data(struct request *request, struct str bytes)
{
    (void)request;
    (void)bytes;
}

static void on_ready(struct request *request)
{
    (void)request;
}

static struct request *stream_body(void)
{
    struct error err;
    assert_true(loop_init(&loop, &err));
    assert_true(live_load(&live, NULL, "client_body_timeout 30s;", &err));
    struct request *request = live_request(&live, "POST / HTTP/1.1\r\nHost: h\r\n\r\n");
    live.conn.phase = CONNECTION_CLOSED; /* there is no socket to wait for */
    deadline_init(&live.conn.read_by, &loop, on_expired);
    request->body.state = REQUEST_BODY_UNREAD;
    body_stream(request, on_data, on_ready);
    return request;
}

static void end(void)
{
    deadline_close(&live.conn.read_by, on_closed);
    live_deinit(&live);
    loop_deinit(&loop);
}

static void test_a_client_has_no_limit_while_it_is_held_back(void **state)
{
    struct request *request = stream_body();
    assert_int_not_equal(live.conn.read_by.at, 0);
    stream_pause(request);
    assert_int_equal(live.conn.read_by.at, 0);
    end();
}

static void test_a_client_has_its_whole_time_after_that(void **state)
{
    struct request *request = stream_body();
    stream_pause(request);
    live.conn.read_by.at = 0; /* as it is when the time it had is over meanwhile */
    stream_resume(request);
    assert_in_range(live.conn.read_by.at, uv_now(&loop.uv) + 29 * 1000,
                    uv_now(&loop.uv) + 30 * 1000);
    end();
}

static void test_who_was_not_held_back_gains_no_time(void **state)
{
    struct request *request = stream_body();
    live.conn.read_by.at = 1;
    stream_resume(request);
    assert_int_equal(live.conn.read_by.at, 1);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_has_no_limit_while_it_is_held_back),
        cmocka_unit_test(test_a_client_has_its_whole_time_after_that),
        cmocka_unit_test(test_who_was_not_held_back_gains_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
