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
#include "gate/body.h"
#include "gate/h1/next_request.h"
#include "gate/handshake.h"
#include "gate/ocsp_check.h"
#include "gate/tunnels.h"
#include "upstream/idle.h"

enum {
    RECORD_MAX = 16 * 1024, /* a read of that much probably left more behind */
    LOOKS_A_TURN = 16,      /* at the input of one connection: then others get their turn */
};

static void connection_on_ready(struct watch *watch, int events);
static void on_read_timeout(struct deadline *deadline);
static void on_write_timeout(struct deadline *deadline);
static void on_next_turn(struct later *later);

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
    conn->next_turn.run = on_next_turn;
    deadline_init(&conn->read_by, gate->loop, on_read_timeout);
    deadline_init(&conn->write_by, gate->loop, on_write_timeout);
    transport_init(&conn->transport, fd);
    conn->listener = listener = specific_listener(conn, listener);
    conn->server = listener->fallback;
    conn->phase = listener->ssl ? PHASE_DETECT : PHASE_IDLE;
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
    while (conn->dirty && *at) {
        if (*at == conn) {
            *at = conn->next_dirty;
            conn->dirty = false;
        } else {
            at = &(*at)->next_dirty;
        }
    }
}

static void connection_handle_closed(struct connection *conn)
{
    if (--conn->handles == 0) {
        struct gate *gate = conn->gate;
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

bool connection_is_spare(const struct connection *conn)
{
    char byte;
    return conn->phase == PHASE_IDLE && conn->requests > 0 &&
           recv(conn->watch.fd, &byte, 1, MSG_PEEK) <= 0;
}

void connection_close(struct connection *conn)
{
    if (conn->phase == PHASE_CLOSED) {
        return;
    }
    if (conn->phase == PHASE_IDLE) {
        transport_shutdown(&conn->transport);
    }
    gate_spare_remove(conn->gate, conn);
    conn->phase = PHASE_CLOSED;
    if (conn->request) {
        request_abort(conn->request);
    }
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
    (void)setsockopt(conn->watch.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    connection_close(conn);
}

const struct address *connection_local(struct connection *conn)
{
    if (!conn->has_local) {
        socket_local(conn->transport.fd, &conn->local);
        conn->has_local = true;
    }
    return &conn->local;
}

/* --- what to wait for --- */

static bool wants_input(const struct connection *conn)
{
    switch (conn->phase) {
    case PHASE_DETECT:
    case PHASE_IDLE:
    case PHASE_HEAD:
    case PHASE_LINGER: return true;
    case PHASE_HANDSHAKE: return !conn->handshake_writes;
    case PHASE_TUNNEL: return !conn->tunnel_paused && !conn->eof;
    case PHASE_REQUEST: return body_wants_input(conn->request);
    default: return false;
    }
}

void connection_arm(struct connection *conn)
{
    if (conn->phase == PHASE_CLOSED) {
        return;
    }
    int events = 0;
    if (wants_input(conn)) {
        conn->input_waits = false;
        events |= WATCH_READ;
    } else if (conn->phase == PHASE_REQUEST && !conn->eof && !conn->hung_up) {
        /* Reading stays armed while nothing comes: most requests then cost no call to the kernel.
         */
        events |= conn->input_waits ? UV_DISCONNECT : WATCH_READ;
    }
    if (conn->output.blocked || conn->handshake_writes ||
        (conn->read_wants_write && wants_input(conn))) {
        events |= WATCH_WRITE;
    }
    watch_arm(&conn->watch, events);
}

/* For the log only: nobody is there to be answered. */
static void fail_unanswered(struct request *request, int status)
{
    if (!request->response.started) {
        request->response.status = status;
    }
}

static void on_read_timeout(struct deadline *deadline)
{
    struct connection *conn = CONTAINER_OF(deadline, struct connection, read_by);
    if (conn->phase == PHASE_CHECK) {
        ocsp_check_expired(conn);
        return;
    }
    if (conn->phase == PHASE_REQUEST && conn->request) {
        if (!body_wants_input(conn->request)) {
            return; /* the body was complete when this deadline was moved last */
        }
        if (conn->request->body.state == REQUEST_BODY_DISCARDING) {
            body_give_up(conn->request);
            return;
        }
        connection_log(conn, LEVEL_INFO, "client timed out (110: Connection timed out)");
        fail_unanswered(conn->request, 408);
    } else if (conn->phase != PHASE_IDLE && conn->phase != PHASE_LINGER) {
        connection_log(conn, LEVEL_INFO, "client timed out (110: Connection timed out)%s",
                       conn->phase == PHASE_HANDSHAKE ? " while SSL handshaking"
                                                      : " while reading client request headers");
    }
    connection_close(conn);
}

static void on_write_timeout(struct deadline *deadline)
{
    struct connection *conn = CONTAINER_OF(deadline, struct connection, write_by);
    if (!conn->output.blocked) {
        return;
    }
    connection_log(conn, LEVEL_INFO,
                   "client timed out (110: Connection timed out) while sending to client");
    if (conn->request && conn->request->walk.location->reset_timedout_connection) {
        connection_cut(conn);
    } else {
        connection_close(conn);
    }
}

/* --- input --- */

static void on_next_turn(struct later *later)
{
    connection_resume(CONTAINER_OF(later, struct connection, next_turn));
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

/* What is left of this event's input outlives the event only here. */
static void keep_input(struct connection *conn)
{
    if (conn->phase == PHASE_CLOSED) {
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

/*
 * Hands input to whoever the phase says, until it wants more than there is. Only events and the
 * settling call it, never what it calls itself.
 */
static void process(struct connection *conn)
{
    assert(!conn->processing);
    conn->processing = true;
    gate_spare_remove(conn->gate, conn);
    bool progress = true;
    while (progress) {
        enum connection_phase phase = conn->phase;
        switch (phase) {
        case PHASE_IDLE:
        case PHASE_HEAD:
            progress = conn->input.n && !ocsp_check_again(conn) && request_h1_next(conn);
            break;
        case PHASE_REQUEST:
            body_input(conn->request);
            progress = conn->phase != phase;
            break;
        case PHASE_TUNNEL:
            if (conn->input.n && !conn->tunnel_paused) {
                struct str bytes = conn->input;
                conn->input = str_skip(conn->input, bytes.n);
                conn->tunnel_data(conn->request, bytes);
            }
            progress = false;
            break;
        default: progress = false; break;
        }
    }
    conn->processing = false;
    keep_input(conn);
}

/* The client ended its side while an answer is being made: some handlers give up then. */
static void client_left(struct connection *conn)
{
    struct request *request = conn->request;
    bool (*left)(struct request *) = request->handler ? request->handler->client_left : NULL;
    conn->hung_up = true;
    if (left && !request->response.finished && left(request)) {
        request->client_gone = true;
        connection_close(conn);
    }
}

static void on_eof(struct connection *conn)
{
    conn->eof = true;
    struct request *request = conn->request;
    assert(request || (conn->phase != PHASE_REQUEST && conn->phase != PHASE_TUNNEL));
    if (conn->phase == PHASE_TUNNEL || (request && !body_wants_input(request))) {
        client_left(conn);
        return;
    }
    if (conn->phase == PHASE_IDLE && conn->requests > 0) {
        log_write(conn->server->root.log, LEVEL_INFO, conn->id,
                  "client %.*s closed keepalive connection", STR_ARG(conn->peer_text));
    } else if (conn->phase == PHASE_HEAD) {
        connection_log(conn, LEVEL_INFO, "client prematurely closed connection");
    } else if (conn->phase == PHASE_REQUEST) {
        connection_log(conn, LEVEL_INFO, "client prematurely closed connection");
        fail_unanswered(request, 400);
    }
    connection_close(conn);
}

static void read_failed(struct connection *conn, const struct error *err)
{
    connection_log(conn, LEVEL_INFO, "%s while reading from client", err->text);
    if (conn->request) {
        conn->request->client_gone = true;
    }
    connection_close(conn);
}

/* One read. False: nothing more for now, or the connection is gone. */
static bool connection_read_once(struct connection *conn)
{
    struct error err;
    size_t n = 0;
    char *into = conn->gate->input;
    size_t cap = GATE_SCRATCH;
    assert(!conn->processing);
    if (conn->input.n) {
        into = buf_reserve(&conn->in, GATE_SCRATCH / 4);
        cap = GATE_SCRATCH / 4;
        conn->input = buf_view(&conn->in); /* what was unread may have moved */
    }
    conn->read_wants_write = false;
    switch (transport_read(&conn->transport, into, cap, &n, &err)) {
    case IO_DONE: break;
    case IO_WANT_READ: return false;
    case IO_WANT_WRITE: conn->read_wants_write = true; return false;
    case IO_CLOSED: on_eof(conn); return false;
    case IO_FAILED: read_failed(conn, &err); return false;
    }
    if (conn->input.n) {
        buf_grew(&conn->in, n);
        conn->input = buf_view(&conn->in);
    } else {
        conn->input = (struct str){into, n};
    }
    process(conn);
    return conn->phase != PHASE_CLOSED && (n >= RECORD_MAX || transport_pending(&conn->transport));
}

/* Somebody sent bytes, or hung up, while an answer is being made. */
static void look_for_hangup(struct connection *conn, int events)
{
    char byte;
    ssize_t n = recv(conn->watch.fd, &byte, 1, MSG_PEEK);
    if (n > 0) {
        conn->input_waits = true;
        if (events & UV_DISCONNECT) {
            client_left(conn); /* behind what waits: that is read, and answered, first */
        }
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        on_eof(conn);
    }
}

/* Lingering: what still comes is dropped unread, until the client is done or time is up. */
static void drain(struct connection *conn)
{
    ssize_t n = recv(conn->watch.fd, conn->gate->input, GATE_SCRATCH, 0);
    bool waits = n < 0 && (errno == EAGAIN || errno == EINTR);
    if ((n <= 0 && !waits) || clock_now().mono_ms >= conn->linger_until_ms) {
        connection_close(conn);
        return;
    }
    deadline_set(&conn->read_by, conn->last->lingering_timeout_ms);
}

static void readable(struct connection *conn, int events)
{
    if (conn->phase == PHASE_REQUEST && !wants_input(conn)) {
        look_for_hangup(conn, events);
        return;
    }
    if (conn->phase == PHASE_LINGER) {
        drain(conn);
        return;
    }
    while (wants_input(conn) && has_turn(conn) && connection_read_once(conn)) {
    }
}

static void connection_on_ready(struct watch *watch, int events)
{
    struct connection *conn = CONTAINER_OF(watch, struct connection, watch);
    if (conn->phase == PHASE_DETECT || conn->phase == PHASE_HANDSHAKE) {
        handshake_run(conn);
        if (conn->phase == PHASE_IDLE) {
            readable(conn, 0); /* the first request often comes with the handshake's last bytes */
        }
        connection_arm(conn);
        return;
    }
    if (events & WATCH_WRITE) {
        connection_touch(conn);
    }
    if (events & (WATCH_READ | UV_DISCONNECT) || conn->read_wants_write) {
        readable(conn, events);
    }
    connection_arm(conn);
}

void connection_resume(struct connection *conn)
{
    conn->resume = true;
    connection_touch(conn);
}

static void resume(struct connection *conn)
{
    if (!has_turn(conn)) {
        return;
    }
    conn->resume = false;
    process(conn);
    while (wants_input(conn) && transport_pending(&conn->transport) && has_turn(conn) &&
           connection_read_once(conn)) {
    }
}

/* --- output --- */

void connection_touch(struct connection *conn)
{
    if (!conn->dirty && conn->phase != PHASE_CLOSED) {
        conn->dirty = true;
        conn->next_dirty = conn->gate->dirty;
        conn->gate->dirty = conn;
    }
}

static uint64_t send_timeout(const struct connection *conn)
{
    return conn->request ? conn->request->walk.location->send_timeout_ms
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
        if (conn->request) {
            conn->request->client_gone = true;
        }
        connection_close(conn);
        return false;
    }
    if (conn->output.blocked && (!was_blocked || conn->output.sent != before)) {
        deadline_set(&conn->write_by, send_timeout(conn));
    }
    return true;
}

/* All output has left: the request ends, or its handler may give more. */
static void drained(struct connection *conn, struct request *request)
{
    deadline_clear(&conn->write_by);
    if (request->response.finished) {
        if (!body_lingers(request)) {
            request_finish(request);
        }
    } else if (request->handler && request->handler->drained) {
        request->handler->drained(request);
    }
}

void connection_settle(struct connection *conn)
{
    if (conn->tunnel_new) {
        tunnel_check_terms(conn);
    }
    if (conn->resume && conn->phase != PHASE_CLOSED) {
        resume(conn);
    }
    if (conn->phase == PHASE_CLOSED || conn->phase == PHASE_LINGER || !connection_flush(conn)) {
        return;
    }
    if (conn->request && !conn->output.blocked) {
        drained(conn, conn->request);
    }
    connection_arm(conn);
}

/* --- between requests --- */

static void linger(struct connection *conn)
{
    conn->phase = PHASE_LINGER;
    transport_shutdown(&conn->transport);
    shutdown(conn->watch.fd, SHUT_WR);
    conn->input = (struct str){NULL, 0};
    conn->linger_until_ms = clock_now().mono_ms + conn->last->lingering_time_ms;
    deadline_set(&conn->read_by, conn->last->lingering_timeout_ms);
    connection_arm(conn);
}

void connection_next(struct connection *conn, const struct location_settings *location,
                     bool keep_alive, bool lingering)
{
    if (conn->phase == PHASE_CLOSED) {
        return;
    }
    conn->last = location;
    if (lingering && !conn->eof) {
        linger(conn);
        return;
    }
    conn->phase = PHASE_IDLE;
    conn->hung_up = false;
    bool more = conn->input.n || conn->input_waits;
    if (!keep_alive || ((conn->eof || conn->gate->quitting) && !more)) {
        connection_close(conn);
        return;
    }
    deadline_set(&conn->read_by, location->keepalive_timeout_ms);
    if (conn->input.n || transport_pending(&conn->transport)) {
        connection_resume(conn);
    } else {
        output_release(&conn->output);
        gate_spare_add(conn->gate, conn);
    }
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
    if (conn->request) {
        request_log(conn->request, level, "%s", text);
        return;
    }
    log_write(log, level, conn->id, "%s, client: %.*s, server: %.*s", text,
              STR_ARG(conn->peer_text), STR_ARG(conn->listener->text));
}
