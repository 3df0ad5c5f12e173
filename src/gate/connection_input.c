/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/connection_input.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/container.h"
#include "upstream/idle.h"

enum {
    RECORD_MAX = 16 * 1024, /* a read of that much probably left more behind */
    LOOKS_A_TURN = 16,      /* at the input of one connection: then others get their turn */
};

enum interest connection_interest(const struct connection *conn)
{
    switch (conn->phase) {
    case CONNECTION_DETECT:
    case CONNECTION_LINGER: return INTEREST_INPUT;
    case CONNECTION_HANDSHAKE: return conn->tls_wants_write ? INTEREST_NONE : INTEREST_INPUT;
    case CONNECTION_OPEN: return conn->protocol->interest(conn);
    case CONNECTION_CHECK:
    case CONNECTION_CLOSED: break;
    }
    return INTEREST_NONE;
}

static bool wants_input(const struct connection *conn)
{
    return connection_interest(conn) == INTEREST_INPUT;
}

/* --- turns --- */

static void on_next_turn(struct later *later)
{
    connection_resume(CONTAINER_OF(later, struct connection, next_turn));
}

void connection_input_init(struct connection *conn)
{
    conn->next_turn.run = on_next_turn;
}

/*
 * Whether the input of this connection may be looked at once more in this turn of the loop. If not,
 * it is in the next: a client that always has more to say must not keep the others waiting. (The
 * kernel would announce what waits in the socket, but not what waits in TLS, or was read already.)
 */
static bool has_turn(struct connection *conn)
{
    struct gate *gate = conn->gate;
    if (conn->turn != gate->turn) {
        conn->turn = gate->turn;
        conn->looks = 0;
    }
    if (conn->looks < LOOKS_A_TURN) {
        conn->looks++;
        return true;
    }
    later_add(idle_pool_later(gate->idle), &conn->next_turn);
    return false;
}

/* --- handing it on --- */

/* What is left of this event's input outlives the event only here. */
static void keep_input(struct connection *conn)
{
    if (conn->phase == CONNECTION_CLOSED) {
        return;
    }
    if (conn->in.data && conn->input.p >= conn->in.data &&
        conn->input.p <= conn->in.data + conn->in.len) {
        buf_consume(&conn->in, buf_size(&conn->in) - conn->input.n);
    } else if (conn->input.n) {
        buf_clear(&conn->in);
        buf_append(&conn->in, conn->input);
    }
    conn->input = buf_view(&conn->in);
    if (conn->input.n == 0) {
        buf_deinit(&conn->in); /* an idle connection holds no buffer */
        conn->input = (struct str){NULL, 0};
    }
}

/* Called by events and by the settling only, never from within the protocol. */
static void hand_on(struct connection *conn)
{
    struct gate *gate = conn->gate;
    assert(!gate->reading);
    gate->reading = conn;
    gate_spare_remove(gate, conn);
    if (conn->phase == CONNECTION_OPEN) {
        conn->protocol->input(conn);
    }
    gate->reading = NULL;
    keep_input(conn);
}

/* --- reading --- */

static void on_end(struct connection *conn)
{
    conn->inbound = INBOUND_ENDED;
    if (conn->phase == CONNECTION_OPEN) {
        conn->protocol->ended(conn);
    } else {
        connection_close(conn); /* lingering: TLS had read ahead, to what was waited for */
    }
}

static void read_failed(struct connection *conn, const struct error *err)
{
    connection_log(conn, LEVEL_INFO, "%s while reading from client", err->text);
    connection_lost(conn);
}

/* One read. False: nothing more for now, or the connection is gone. */
static bool read_once(struct connection *conn)
{
    struct error err;
    size_t n = 0;
    char *into = conn->gate->input;
    size_t cap = GATE_SCRATCH;
    assert(!conn->gate->reading);
    if (conn->input.n) {
        into = buf_reserve(&conn->in, GATE_SCRATCH / 4);
        cap = GATE_SCRATCH / 4;
        conn->input = buf_view(&conn->in); /* what was unread may have moved */
    }
    conn->tls_wants_write = false;
    switch (transport_read(&conn->transport, into, cap, &n, &err)) {
    case IO_DONE: break;
    case IO_WANT_READ: return false;
    case IO_WANT_WRITE: conn->tls_wants_write = true; return false;
    case IO_CLOSED: on_end(conn); return false;
    case IO_FAILED: read_failed(conn, &err); return false;
    }
    if (conn->input.n) {
        buf_grew(&conn->in, n);
        conn->input = buf_view(&conn->in);
    } else {
        conn->input = (struct str){into, n};
    }
    hand_on(conn);
    return conn->phase != CONNECTION_CLOSED &&
           (n >= RECORD_MAX || transport_pending(&conn->transport));
}

/* The client sent bytes, or hung up, while its input is not wanted. */
static void look_for_hangup(struct connection *conn, int events)
{
    char byte;
    ssize_t n = recv(conn->watch.fd, &byte, 1, MSG_PEEK);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        on_end(conn);
    } else if (n > 0 && events & WATCH_HANGUP) {
        conn->inbound = INBOUND_HUNG_UP; /* the input that waits is read, and answered, first */
        conn->protocol->hung_up(conn);
    } else if (n > 0) {
        conn->inbound = INBOUND_WAITS;
    }
}

/* Lingering: what still comes is dropped unread, until the client is done or time is up. */
static void drain(struct connection *conn)
{
    assert(!conn->streams && conn->last && !conn->gate->reading);
    ssize_t n = recv(conn->watch.fd, conn->gate->input, GATE_SCRATCH, 0);
    bool waits = n < 0 && (errno == EAGAIN || errno == EINTR);
    if ((n <= 0 && !waits) || clock_now().mono_ms >= conn->linger_until_ms) {
        connection_close(conn);
        return;
    }
    deadline_set(&conn->read_by, conn->last->lingering.timeout_ms);
}

void connection_readable(struct connection *conn, int events)
{
    if (conn->phase == CONNECTION_LINGER) {
        drain(conn);
        return;
    }
    if (connection_interest(conn) == INTEREST_HANGUP) {
        look_for_hangup(conn, events);
        return;
    }
    while (wants_input(conn) && has_turn(conn) && read_once(conn)) {
    }
}

void connection_look_again(struct connection *conn)
{
    if (!has_turn(conn)) {
        return;
    }
    hand_on(conn);
    while (wants_input(conn) && transport_pending(&conn->transport) && has_turn(conn) &&
           read_once(conn)) {
    }
}
