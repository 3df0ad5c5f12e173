/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/h1/h1.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "gate/body.h"
#include "gate/h1/answer.h"
#include "gate/h1/next_request.h"
#include "gate/h1/request_body.h"
#include "gate/h1/session.h"
#include "gate/ocsp_check.h"
#include "site/settings.h"

static void h1_open(struct connection *conn)
{
    assert(!conn->session && !conn->streams);
    conn->session = must_calloc(1, sizeof(struct h1_session));
}

static void h1_close(struct connection *conn)
{
    free(conn->session);
    conn->session = NULL;
}

static bool h1_is_idle(const struct connection *conn)
{
    return h1_session_of(conn)->state == H1_IDLE;
}

static enum interest h1_interest(const struct connection *conn)
{
    switch (h1_session_of(conn)->state) {
    case H1_IDLE:
    case H1_HEAD: return INTEREST_INPUT;
    case H1_REQUEST: return h1_body_wants_input(conn->streams) ? INTEREST_INPUT : INTEREST_HANGUP;
    case H1_TUNNEL: break;
    }
    bool wants = !h1_stream_of(conn->streams)->paused && conn->inbound != INBOUND_ENDED;
    return wants ? INTEREST_INPUT : INTEREST_NONE;
}

/* --- input --- */

/* Begins the next request. False: more input is needed for that. */
static bool next_request(struct connection *conn)
{
    struct h1_session *h1 = h1_session_of(conn);
    struct h1_found found;
    assert(!conn->streams); /* one at a time */
    if (conn->input.n == 0 || ocsp_check_again(conn)) {
        return false;
    }
    if (!h1_find_request(conn, &found)) {
        if (h1->state == H1_IDLE && conn->input.n > h1->scan.skipped) {
            h1->state = H1_HEAD;
            deadline_set(&conn->read_by, conn->server->settings.client_header_timeout_ms);
        }
        return false;
    }
    if (connection_switches(conn)) {
        return false;
    }
    h1->state = H1_REQUEST;
    h1_begin_request(conn, &found);
    return true;
}

static void tunnel_input(struct connection *conn)
{
    struct request *request = conn->streams;
    assert(request->tunnel_data && !request->next);
    if (conn->input.n && !h1_stream_of(request)->paused) {
        struct str bytes = conn->input;
        conn->input = str_skip(conn->input, bytes.n);
        request->tunnel_data(request, bytes);
    }
}

/* One step in a state. True: another state was reached, which may take more. */
static bool h1_input_step(struct connection *conn)
{
    switch (h1_session_of(conn)->state) {
    case H1_IDLE:
    case H1_HEAD: return next_request(conn);
    case H1_REQUEST:
        h1_body_input(conn->streams);
        return conn->phase == CONNECTION_OPEN && h1_session_of(conn)->state != H1_REQUEST;
    case H1_TUNNEL: tunnel_input(conn); break;
    }
    return false;
}

static void h1_input(struct connection *conn)
{
    while (conn->phase == CONNECTION_OPEN && h1_input_step(conn)) {
    }
}

/* The client judges itself. */
static bool h1_accepts(const struct request *request, const struct headers *fields)
{
    (void)request;
    (void)fields;
    return true;
}

static void h1_cut(struct request *request)
{
    connection_close(request->conn);
}

static void h1_upgrade(struct request *request)
{
    assert(h1_session_of(request->conn)->state == H1_REQUEST && request->tunnel_data);
    h1_session_of(request->conn)->state = H1_TUNNEL;
    h1_stream_of(request)->paused = false;
    deadline_clear(&request->conn->read_by);
}

/* --- the client leaves, or does nothing --- */

static void h1_hung_up(struct connection *conn)
{
    if (request_client_left(conn->streams)) {
        conn->streams->client_gone = true;
        connection_close(conn);
    }
}

static void h1_ended(struct connection *conn)
{
    enum h1_state state = h1_session_of(conn)->state;
    if (state == H1_TUNNEL || (state == H1_REQUEST && !h1_body_wants_input(conn->streams))) {
        h1_hung_up(conn);
        return;
    }
    if (state == H1_IDLE && conn->requests > 0) {
        connection_log_idle_end(conn);
    } else if (state != H1_IDLE) {
        connection_log(conn, LEVEL_INFO, "client prematurely closed connection");
    }
    if (state == H1_REQUEST) {
        request_unanswered(conn->streams, 400);
    }
    connection_close(conn);
}

/* The client's time for its body has passed. */
static void body_expired(struct connection *conn)
{
    struct request *request = conn->streams;
    if (!h1_body_wants_input(request)) {
        return; /* the body was complete when the deadline was moved last */
    }
    if (request->body.state == REQUEST_BODY_DISCARDING) {
        body_give_up(request);
        return;
    }
    connection_log(conn, LEVEL_INFO, "client timed out (110: Connection timed out)");
    request_unanswered(request, 408);
    connection_close(conn);
}

static void h1_expired(struct connection *conn)
{
    switch (h1_session_of(conn)->state) {
    case H1_REQUEST: body_expired(conn); return;
    case H1_TUNNEL: return; /* has no limit of its own: the backend's times count */
    case H1_HEAD:
        connection_log(
            conn, LEVEL_INFO,
            "client timed out (110: Connection timed out) while reading client request headers");
        break;
    case H1_IDLE: break;
    }
    connection_close(conn);
}

/* --- between requests --- */

static void await_next_request(struct connection *conn, const struct location_settings *location,
                               bool keep_alive)
{
    h1_session_of(conn)->state = H1_IDLE;
    bool more = conn->input.n || connection_input_waits(conn);
    if (!keep_alive || ((conn->inbound == INBOUND_ENDED || conn->gate->quitting) && !more)) {
        connection_close(conn);
        return;
    }
    deadline_set(&conn->read_by, location->keepalive.timeout_ms);
    connection_idle(conn);
}

/* Whether the client may still be sending, so that closing at once could cost it the answer. */
static bool should_linger(const struct request *request, bool body_left)
{
    unsigned mode = request->walk.location->lingering.mode;
    return mode == LINGERING_ALWAYS ||
           (mode == LINGERING_ON && (body_left || request->malformed || request->conn->input.n));
}

static void h1_finish(struct request *request)
{
    struct connection *conn = request->conn;
    assert(request->response.finished && conn->streams == request && !request->next);
    /* An unread body would be taken for the next request. */
    bool body_left = request->body.state != REQUEST_BODY_COMPLETE;
    bool keep_alive = request->keep_alive && !request->closed_without_answer && !body_left;
    bool lingers =
        !keep_alive && !request->closed_without_answer && should_linger(request, body_left);
    const struct location_settings *location = request->walk.location;
    request_free(request);
    if (lingers && conn->inbound != INBOUND_ENDED) {
        connection_linger(conn, location);
    } else {
        await_next_request(conn, location, keep_alive);
    }
}

static void h1_drained(struct connection *conn)
{
    struct request *request = conn->streams;
    if (!request) {
        return;
    }
    if (!request->response.finished) {
        request_drained(request);
    } else if (!h1_body_lingers(request)) {
        h1_finish(request);
    }
}

static void h1_attach(struct request *request)
{
    request->stream = arena_zalloc(&request->arena, sizeof(struct h1_stream));
}

const struct protocol h1_protocol = {
    .name = "http/1.1",
    .open = h1_open,
    .close = h1_close,
    .interest = h1_interest,
    .input = h1_input,
    .hung_up = h1_hung_up,
    .ended = h1_ended,
    .expired = h1_expired,
    .drained = h1_drained,
    .is_idle = h1_is_idle,
    .attach = h1_attach,
    .want_body = h1_want_body,
    .pause = h1_pause,
    .resume = h1_resume,
    .drop_body = h1_drop_body,
    .is_here = h1_is_here,
    .accepts = h1_accepts,
    .upgrade = h1_upgrade,
    .cut = h1_cut,
    .informational = h1_informational,
    .frame = h1_frame,
    .fields = h1_fields,
    .head = h1_head,
    .data = h1_data,
    .file = h1_file,
    .end = h1_end,
    .reset = h1_reset,
    .unsent = h1_unsent,
};
