/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/connection.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/must.h"
#include "gate/connection_input.h"
#include "gate/handshake.h"
#include "gate/identify.h"
#include "gate/ocsp_check.h"
#include "gate/tunnels.h"
#include "upstream/idle.h"

enum {
    FILLS_A_TURN = 16,      /* of output: then others get their turn */
    RECORD_MAX = 16 * 1024, /* RFC 8446, 5.1 */
};

static void connection_on_ready(struct watch *watch, int events);
static void on_read_timeout(struct deadline *deadline);
static void on_write_timeout(struct deadline *deadline);

/* --- beginning and end --- */

/* A wildcard's socket takes connections to addresses that have servers of their own. */
static const struct listener *specific_listener(struct connection *conn,
                                                const struct listener *listener)
{
    for (size_t i = 0; i < listener->specific_n; i++) {
        if (address_equal(&listener->specific[i]->address, connection_local(conn))) {
            return listener->specific[i];
        }
    }
    return listener;
}

void connection_accept(struct gate *gate, const struct listener *listener, int fd,
                       const struct address *peer)
{
    struct error err;
    struct connection *conn = calloc(1, sizeof(*conn));
    if (!conn || !watch_init(&conn->watch, gate->loop, fd, connection_on_ready, &err)) {
        free(conn);
        close(fd);
        return;
    }
    conn->gate = gate;
    conn->id =
        atomic_fetch_add_explicit(&gate->shared->next_connection, 1, memory_order_relaxed) + 1;
    conn->peer = *peer;
    conn->peer_text = address_host(&conn->peer, conn->peer_buf);
    conn->start_ms = clock_now().mono_ms;
    conn->handles = 3;
    connection_input_init(conn);
    deadline_init(&conn->read_by, gate->loop, on_read_timeout);
    deadline_init(&conn->write_by, gate->loop, on_write_timeout);
    transport_init(&conn->transport, fd);
    output_init(&conn->output, &gate->output_bufs);
    conn->listener = listener = specific_listener(conn, listener);
    conn->server = listener->fallback;
    assert(!listener->ssl || conn->server->tls); /* the load leaves no such listener without */
    if (listener->ssl) {
        conn->phase = CONNECTION_DETECT;
    } else {
        connection_open(conn);
    }
    deadline_set(&conn->read_by, conn->server->settings.client_header_timeout_ms);

    conn->next = gate->connections;
    if (conn->next) {
        conn->next->prev = conn;
    }
    gate->connections = conn;
    gate->connections_n++;
    connection_arm(conn);
}

static void unlink_connection(struct connection *conn)
{
    struct gate *gate = conn->gate;
    *(conn->prev ? &conn->prev->next : &gate->connections) = conn->next;
    if (conn->next) {
        conn->next->prev = conn->prev;
    }
    struct connection **at = &gate->dirty;
    assert(conn->phase == CONNECTION_CLOSED); /* nothing puts it there again */
    while (conn->due && *at) {
        if (*at == conn) {
            *at = conn->next_dirty;
            conn->due = DUE_NOTHING;
        } else {
            at = &(*at)->next_dirty;
        }
    }
}

static void connection_handle_closed(struct connection *conn)
{
    assert(conn->phase == CONNECTION_CLOSED && conn->handles > 0);
    if (--conn->handles == 0) {
        struct gate *gate = conn->gate;
        free(conn->local);
        identify_free(conn);
        free(conn);
        gate_connection_gone(gate);
    }
}

static void connection_on_watch_closed(struct watch *watch)
{
    connection_handle_closed(CONTAINER_OF(watch, struct connection, watch));
}

static void on_read_by_closed(struct deadline *deadline)
{
    connection_handle_closed(CONTAINER_OF(deadline, struct connection, read_by));
}

static void on_write_by_closed(struct deadline *deadline)
{
    connection_handle_closed(CONTAINER_OF(deadline, struct connection, write_by));
}

static bool is_idle(const struct connection *conn)
{
    return conn->phase == CONNECTION_OPEN && conn->protocol->is_idle(conn);
}

bool connection_is_spare(const struct connection *conn)
{
    char byte;
    return is_idle(conn) && conn->requests > 0 && recv(conn->watch.fd, &byte, 1, MSG_PEEK) <= 0;
}

/* Nothing may come between the parts of a message. */
static bool can_say_goodbye(const struct connection *conn)
{
    return conn->phase == CONNECTION_OPEN && conn->protocol->leave && !conn->output.blocked &&
           output_size(&conn->output) == 0;
}

static void say_goodbye(struct connection *conn)
{
    struct error err;
    conn->protocol->leave(conn);
    (void)output_flush(&conn->output, &conn->transport, conn->gate->scratch, GATE_SCRATCH, &err);
}

void connection_close(struct connection *conn)
{
    if (conn->phase == CONNECTION_CLOSED) {
        return;
    }
    if (can_say_goodbye(conn)) {
        say_goodbye(conn);
    }
    if (is_idle(conn)) {
        transport_shutdown(&conn->transport);
    }
    gate_spare_remove(conn->gate, conn);
    conn->phase = CONNECTION_CLOSED;
    assert(!conn->streams || conn->protocol);
    while (conn->streams) {
        request_abort(conn->streams);
    }
    if (conn->protocol) {
        conn->protocol->close(conn);
    }
    assert(!conn->session && !conn->next_in_flight && !conn->previous_in_flight);
    unlink_connection(conn);
    ocsp_check_end(conn);
    later_cancel(idle_pool_later(conn->gate->idle), &conn->next_turn);
    transport_deinit(&conn->transport);
    output_deinit(&conn->output);
    buf_deinit(&conn->in);
    conn->input = (struct str){NULL, 0};
    watch_close(&conn->watch, connection_on_watch_closed);
    deadline_close(&conn->read_by, on_read_by_closed);
    deadline_close(&conn->write_by, on_write_by_closed);
}

void connection_cut(struct connection *conn)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    /* The goodbye already tells the client that it was cut. A reset then only drops what the kernel
     * still holds. */
    if (!can_say_goodbye(conn) || socket_unacknowledged(conn->watch.fd)) {
        (void)setsockopt(conn->watch.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    connection_close(conn);
}

const struct address *connection_local(struct connection *conn)
{
    const struct listener *listener = conn->listener;
    if (listener && listener->address.u.sa.sa_family == AF_UNIX) {
        return &listener->address; /* the socket may know its name alone (net/unix_socket.h) */
    }
    if (!conn->local) { /* few configurations ask, so a connection has no room for it */
        conn->local = must_calloc(1, sizeof(*conn->local));
        socket_local(conn->transport.fd, conn->local);
    }
    return conn->local;
}

void connection_lost(struct connection *conn)
{
    if (conn->phase == CONNECTION_OPEN && conn->protocol->outlives &&
        conn->protocol->outlives(conn)) {
        return;
    }
    for (struct request *request = conn->streams; request; request = request->next) {
        request->client_gone = true;
    }
    connection_close(conn);
}

/* --- phases --- */

/* The one that TLS has agreed on (RFC 7301). */
static const struct protocol *protocol_for(const struct connection *conn)
{
    const struct protocol *const *all = conn->gate->protocols;
    struct str agreed = transport_alpn(&conn->transport);
    for (const struct protocol *const *p = all; *p; p++) {
        if (str_eq(str_of((*p)->name), agreed)) {
            return *p;
        }
    }
    return all[0];
}

bool connection_switches(struct connection *conn)
{
    if (conn->requests || conn->transport.ssl || !conn->server->settings.tls.http2) {
        return false;
    }
    for (const struct protocol *const *p = conn->gate->protocols; *p; p++) {
        struct str preface = (*p)->preface;
        if (preface.n && *p != conn->protocol && str_starts(conn->input, preface)) {
            conn->protocol->close(conn);
            conn->protocol = *p;
            conn->protocol->open(conn);
            connection_resume(conn);
            return true;
        }
    }
    return false;
}

void connection_open(struct connection *conn)
{
    assert(conn->phase <= CONNECTION_CHECK && !conn->check); /* nothing is open about the client */
    conn->phase = CONNECTION_OPEN;
    if (!conn->protocol) {
        conn->protocol = protocol_for(conn);
        conn->protocol->open(conn);
    }
    assert(conn->session);
}

bool connection_is_worn(const struct connection *conn, const struct location_settings *location)
{
    return conn->gate->quitting || conn->requests >= location->keepalive.requests ||
           clock_now().mono_ms - conn->start_ms > location->keepalive.time_ms;
}

bool connection_input_waits(const struct connection *conn)
{
    return conn->inbound == INBOUND_WAITS || conn->inbound == INBOUND_HUNG_UP;
}

void connection_idle(struct connection *conn)
{
    assert(is_idle(conn));
    if (conn->inbound == INBOUND_HUNG_UP) {
        conn->inbound = INBOUND_WAITS; /* read on, to what it sent last */
    }
    if (conn->input.n || transport_pending(&conn->transport)) {
        connection_resume(conn);
    } else {
        gate_spare_add(conn->gate, conn);
    }
}

void connection_linger(struct connection *conn, const struct location_settings *location)
{
    assert(conn->phase == CONNECTION_OPEN && !conn->streams);
    conn->phase = CONNECTION_LINGER;
    conn->last = location;
    transport_shutdown(&conn->transport);
    shutdown(conn->watch.fd, SHUT_WR);
    conn->input = (struct str){NULL, 0};
    conn->linger_until_ms = clock_now().mono_ms + location->lingering.time_ms;
    deadline_set(&conn->read_by, location->lingering.timeout_ms);
    connection_arm(conn);
}

/* --- what to wait for --- */

void connection_arm(struct connection *conn)
{
    if (conn->phase == CONNECTION_CLOSED) {
        return;
    }
    int events = 0;
    enum interest interest = connection_interest(conn);
    if (interest == INTEREST_INPUT) {
        if (conn->inbound == INBOUND_WAITS) {
            conn->inbound = INBOUND_OPEN;
        }
        events |= WATCH_READ;
    } else if (interest == INTEREST_HANGUP && conn->inbound <= INBOUND_WAITS) {
        /* Reading stays armed while nothing comes: most requests then cost no call to the kernel.
         */
        events |= conn->inbound == INBOUND_WAITS ? WATCH_HANGUP : WATCH_READ;
    }
    bool tls_waits = conn->phase == CONNECTION_HANDSHAKE || interest == INTEREST_INPUT;
    if (conn->output.blocked || (conn->tls_wants_write && tls_waits)) {
        events |= WATCH_WRITE;
    }
    watch_arm(&conn->watch, events);
}

static void on_read_timeout(struct deadline *deadline)
{
    struct connection *conn = CONTAINER_OF(deadline, struct connection, read_by);
    switch (conn->phase) {
    case CONNECTION_CHECK: ocsp_check_expired(conn); return;
    case CONNECTION_OPEN: conn->protocol->expired(conn); return;
    case CONNECTION_LINGER: break;
    default:
        connection_log(conn, LEVEL_INFO, "client timed out (110: Connection timed out)%s",
                       conn->phase == CONNECTION_HANDSHAKE
                           ? " while SSL handshaking"
                           : " while reading client request headers");
    }
    connection_close(conn);
}

static bool resets_on_timeout(const struct connection *conn)
{
    return conn->streams && conn->streams->walk.location->reset_timedout_connection;
}

static void on_write_timeout(struct deadline *deadline)
{
    struct connection *conn = CONTAINER_OF(deadline, struct connection, write_by);
    if (!conn->output.blocked) {
        return;
    }
    connection_log(conn, LEVEL_INFO,
                   "client timed out (110: Connection timed out) while sending to client");
    if (resets_on_timeout(conn)) {
        connection_cut(conn);
    } else {
        connection_close(conn);
    }
}

static void connection_on_ready(struct watch *watch, int events)
{
    struct connection *conn = CONTAINER_OF(watch, struct connection, watch);
    if (conn->phase == CONNECTION_DETECT || conn->phase == CONNECTION_HANDSHAKE) {
        handshake_run(conn);
        if (conn->phase == CONNECTION_OPEN) {
            /* The first request often comes with the handshake's last bytes. */
            connection_readable(conn, 0);
        }
        connection_arm(conn);
        return;
    }
    if (events & WATCH_WRITE) {
        connection_touch(conn);
    }
    if (events & (WATCH_READ | WATCH_HANGUP) || conn->tls_wants_write) {
        connection_readable(conn, events);
    }
    connection_arm(conn);
}

/* --- before the loop sleeps --- */

void connection_touch(struct connection *conn)
{
    if (!conn->due && conn->phase != CONNECTION_CLOSED) {
        conn->due = DUE_OUTPUT;
        conn->next_dirty = conn->gate->dirty;
        conn->gate->dirty = conn;
    }
}

void connection_resume(struct connection *conn)
{
    connection_touch(conn);
    if (conn->due) {
        conn->due = DUE_INPUT;
    }
}

static uint64_t send_timeout(const struct connection *conn)
{
    return conn->streams ? conn->streams->walk.location->send_timeout_ms
                         : conn->server->root.send_timeout_ms;
}

/* False: the connection is gone. */
static bool connection_flush(struct connection *conn)
{
    struct error err;
    uint64_t before = conn->output.sent;
    enum io io =
        output_flush(&conn->output, &conn->transport, conn->gate->scratch, GATE_SCRATCH, &err);
    bool was_blocked = conn->output.blocked;
    conn->output.blocked = io == IO_WANT_WRITE || io == IO_WANT_READ;
    if (io == IO_FAILED || io == IO_CLOSED) {
        connection_log(conn, LEVEL_INFO, "%s while sending to client",
                       io == IO_FAILED ? err.text : "client closed connection");
        connection_lost(conn);
        return false;
    }
    if (conn->output.blocked && (!was_blocked || conn->output.sent != before)) {
        deadline_set(&conn->write_by, send_timeout(conn));
    }
    return true;
}

/* TLS writes each record on its own. Before the first of many, the kernel is told to wait for more.
 */
static bool hold_output(const struct connection *conn)
{
    bool hold = conn->transport.ssl && output_size(&conn->output) > RECORD_MAX;
    if (hold) {
        transport_hold(&conn->transport, true);
    }
    return hold;
}

/* What there is to send, as far as the client takes it. False: the connection is gone. */
static bool send_output(struct connection *conn)
{
    const struct protocol *protocol = conn->phase == CONNECTION_OPEN ? conn->protocol : NULL;
    bool held = false;
    assert(conn->phase != CONNECTION_LINGER); /* its side is shut */
    for (unsigned round = 0;; round++) {
        bool more = protocol && protocol->fill && protocol->fill(conn);
        held = held || (conn->phase != CONNECTION_CLOSED && hold_output(conn));
        if (conn->phase == CONNECTION_CLOSED || !connection_flush(conn)) {
            return false;
        }
        if (more && !conn->output.blocked && round < FILLS_A_TURN) {
            continue;
        }
        if (more && !conn->output.blocked) {
            later_add(idle_pool_later(conn->gate->idle), &conn->next_turn);
        }
        if (held) {
            transport_hold(&conn->transport, false);
        }
        return true;
    }
}

void connection_settle(struct connection *conn)
{
    enum due due = conn->due;
    conn->due = DUE_NOTHING;
    if (conn->tunnel_new) {
        tunnel_check_terms(conn);
    }
    if (due == DUE_INPUT && conn->phase != CONNECTION_CLOSED) {
        connection_look_again(conn);
    }
    if (conn->phase == CONNECTION_CLOSED || conn->phase == CONNECTION_LINGER ||
        !send_output(conn)) {
        return;
    }
    if (conn->phase == CONNECTION_OPEN && !conn->output.blocked) {
        deadline_clear(&conn->write_by);
        conn->protocol->drained(conn);
    }
    connection_arm(conn);
}

void connection_log(struct connection *conn, enum log_level level, const char *fmt, ...)
{
    const struct log *log = conn->server->root.log;
    if (!log_enabled(log, level)) {
        return;
    }
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (conn->streams) {
        request_log(conn->streams, level, "%s", text);
        return;
    }
    log_write(log, level, conn->id, "%s, client: %.*s, server: %.*s", text,
              STR_ARG(conn->peer_text), STR_ARG(conn->listener->text));
}

void connection_log_idle_end(const struct connection *conn)
{
    log_write(conn->server->root.log, LEVEL_INFO, conn->id,
              "client %.*s closed keepalive connection", STR_ARG(conn->peer_text));
}
