/* SPDX-License-Identifier: Apache-2.0 */
/* Which connections are kept, and that each leaves once, from wherever it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gate/connection.h"
#include "gate/in_flight.h"
#include "live.h"

enum { N = 4 };

/* The connections that are kept, in order, as digits. */
static const char *kept(const struct in_flight *in_flight, const struct connection *conns)
{
    static char text[N + 1];
    size_t n = 0;
    for (const struct connection *c = in_flight->first; c; c = c->next_in_flight) {
        assert_true(n < N);
        assert_ptr_equal(c->previous_in_flight, n ? &conns[text[n - 1] - '0'] : NULL);
        text[n++] = (char)('0' + (c - conns));
    }
    text[n] = '\0';
    return text;
}

static void each_is_there_once(void **state)
{
    struct loop loop;
    struct error err;
    struct in_flight in_flight = {0};
    struct connection conns[N] = {0};
    assert_true(loop_init(&loop, &err));
    in_flight_init(&in_flight, &loop);
    assert_int_equal(in_flight.look.at, 0);
    in_flight_remove(&in_flight, &conns[0]);
    for (size_t i = 0; i < N; i++) {
        in_flight_add(&in_flight, &conns[i]);
        in_flight_add(&in_flight, &conns[i]);
    }
    assert_true(in_flight.look.at > 0);
    assert_string_equal(kept(&in_flight, conns), "3210");
    in_flight_add(&in_flight, &conns[0]); /* the last has no next */
    assert_string_equal(kept(&in_flight, conns), "3210");
    in_flight_remove(&in_flight, &conns[1]);
    assert_string_equal(kept(&in_flight, conns), "320");
    in_flight_remove(&in_flight, &conns[1]);
    assert_string_equal(kept(&in_flight, conns), "320");
    in_flight_remove(&in_flight, &conns[3]);
    assert_string_equal(kept(&in_flight, conns), "20");
    in_flight_remove(&in_flight, &conns[0]);
    assert_string_equal(kept(&in_flight, conns), "2");
    in_flight_remove(&in_flight, &conns[2]);
    assert_string_equal(kept(&in_flight, conns), "");
    in_flight_add(&in_flight, &conns[1]);
    assert_string_equal(kept(&in_flight, conns), "1");
    in_flight_remove(&in_flight, &conns[1]);
    deadline_close(&in_flight.look, NULL);
    loop_deinit(&loop);
}

/* A request is kept from its first byte to its line in the log, if its client was found good. */
static void only_requests_of_good_clients(void **state)
{
    static struct live live;
    struct error err;
    struct loop loop;
    assert_true(loop_init(&loop, &err));
    assert_true(live_load(&live, NULL, "", &err));
    static const enum verdict_status STATUSES[] = {VERDICT_NO_CERTIFICATE, VERDICT_BAD,
                                                   VERDICT_GOOD};
    in_flight_init(&live.gate.in_flight, &loop);
    for (size_t i = 0; i < COUNT_OF(STATUSES); i++) {
        live.conn.transport.verdict.status = STATUSES[i];
        live_request(&live, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_ptr_equal(live.gate.in_flight.first,
                         STATUSES[i] == VERDICT_GOOD ? &live.conn : NULL);
        live_end(&live);
        assert_null(live.gate.in_flight.first);
    }
    deadline_close(&live.gate.in_flight.look, NULL);
    loop_deinit(&loop);
    live_deinit(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_there_once),
        cmocka_unit_test(only_requests_of_good_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
