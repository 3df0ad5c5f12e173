/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/in_flight.h"

#include <assert.h>

#include "base/clock.h"
#include "base/container.h"
#include "gate/connection.h"
#include "gate/identify.h"
#include "gate/ocsp_check.h"

enum {
    LOOK_EVERY_MS = 500,    /* what ends by the clock is found within the second */
    OUT_OF_REACH_MS = 1000, /* new CRLs that take no longer are in time */
};

static void on_look(struct deadline *deadline)
{
    in_flight_judge(CONTAINER_OF(deadline, struct in_flight, look));
}

void in_flight_init(struct in_flight *in_flight, struct loop *loop)
{
    deadline_init(&in_flight->look, loop, on_look);
}

static bool in_flight_is_there(const struct in_flight *in_flight, const struct connection *conn)
{
    return in_flight->first == conn || conn->previous_in_flight;
}

static void look_later(struct in_flight *in_flight)
{
    if (in_flight->first && !in_flight->look.at) {
        deadline_set(&in_flight->look, LOOK_EVERY_MS);
    }
}

void in_flight_add(struct in_flight *in_flight, struct connection *conn)
{
    if (in_flight_is_there(in_flight, conn)) {
        return;
    }
    assert(!conn->next_in_flight); /* one that was removed points nowhere */
    conn->next_in_flight = in_flight->first;
    if (in_flight->first) {
        in_flight->first->previous_in_flight = conn;
    }
    in_flight->first = conn;
    look_later(in_flight);
}

/* The deadline stays: most exchanges end long before it, and the next one needs it again. */
void in_flight_remove(struct in_flight *in_flight, struct connection *conn)
{
    if (!in_flight_is_there(in_flight, conn)) {
        return;
    }
    *(conn->previous_in_flight ? &conn->previous_in_flight->next_in_flight : &in_flight->first) =
        conn->next_in_flight;
    if (conn->next_in_flight) {
        conn->next_in_flight->previous_in_flight = conn->previous_in_flight;
    }
    conn->next_in_flight = conn->previous_in_flight = NULL;
}

/* --- judging --- */

static void cut(struct connection *conn)
{
    for (struct request *request = conn->streams; request; request = request->next) {
        request_unanswered(request, 400); /* as a next request would get */
    }
    connection_cut(conn);
}

void in_flight_end(struct connection *conn)
{
    const struct verdict *verdict = &conn->transport.verdict;
    connection_log(conn, LEVEL_NOTICE,
                   "closing the connection before the exchange is complete: the client "
                   "certificate is no longer valid (%d:%s)",
                   verdict->code, verdict_reason(verdict));
    cut(conn);
}

/* The process that sends new CRLs is gone: whether the client is on one cannot be told. */
static bool is_out_of_reach(const struct connection *conn)
{
    uint64_t since = atomic_load_explicit(&conn->gate->shared->alone_ms, memory_order_relaxed);
    return since && clock_now().mono_ms >= since + OUT_OF_REACH_MS &&
           transport_is_under_lists(&conn->transport);
}

static void judge(struct connection *conn)
{
    if (!identify_again(conn) || !ocsp_check_in_flight(conn)) {
        in_flight_end(conn);
    } else if (is_out_of_reach(conn)) {
        connection_log(conn, LEVEL_NOTICE,
                       "closing the connection before the exchange is complete: new CRLs no "
                       "longer reach this process");
        cut(conn);
    }
}

void in_flight_judge(struct in_flight *in_flight)
{
    struct connection *next;
    for (struct connection *conn = in_flight->first; conn; conn = next) {
        next = conn->next_in_flight;
        judge(conn);
    }
    look_later(in_flight);
}
