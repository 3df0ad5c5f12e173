/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of exchanges: a backend in the same loop that follows a script, and one who asks it. */
#ifndef TESTS_EXCHANGE_FIXTURE_H
#define TESTS_EXCHANGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/container.h"
#include "net/socket.h"
#include "upstream/exchange.h"

/* --- the backend --- */

enum then {
    STAY, /* and wait for the next request */
    CLOSE,
    RESET,
    IDLE_CLOSE, /* answers, and closes a moment later */
    SHUT_EARLY, /* closes before it reads anything */
};

/* What the backend does for one request. '|' in `send` is a pause. NULL: nothing. */
struct turn {
    const char *send;
    enum then then;
};

struct backend;

struct peer_conn {
    struct backend *backend;
    struct watch watch;
    struct deadline pause;
    const char *send;
    enum then then;
    bool closed;
    struct buf in;
};

struct backend {
    struct loop *loop;
    struct watch watch;
    struct address address;
    const struct turn *turns;
    size_t turns_n;
    size_t turn;
    struct peer_conn conns[8];
    size_t accepted;
    struct buf received; /* of all connections */
    size_t request_n;    /* bytes of a whole request; 0: up to the empty line */
    bool deaf;           /* never reads */
};

static inline void conn_close(struct peer_conn *conn)
{
    if (!conn->closed) {
        conn->closed = true;
        watch_close(&conn->watch, NULL);
        deadline_close(&conn->pause, NULL);
    }
}

static inline void conn_end(struct peer_conn *conn)
{
    if (conn->then == RESET) {
        struct linger linger = {1, 0};
        setsockopt(conn->watch.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
    if (conn->then == CLOSE || conn->then == RESET) {
        conn_close(conn);
    } else if (conn->then == IDLE_CLOSE) {
        conn->then = CLOSE;
        deadline_set(&conn->pause, 10);
    }
}

static inline void conn_send(struct peer_conn *conn)
{
    if (conn->send) {
        size_t n = strcspn(conn->send, "|");
        if (n) {
            ssize_t sent = send(conn->watch.fd, conn->send, n, MSG_NOSIGNAL);
            assert_true(sent < 0 || (size_t)sent == n);
        }
        conn->send += n;
        if (*conn->send == '|') {
            conn->send++;
            deadline_set(&conn->pause, 5);
            return;
        }
        conn->send = NULL;
    }
    conn_end(conn);
}

static inline void conn_pause_over(struct deadline *deadline)
{
    conn_send(CONTAINER_OF(deadline, struct peer_conn, pause));
}

static inline bool request_complete(struct peer_conn *conn)
{
    struct str in = buf_view(&conn->in);
    size_t want = conn->backend->request_n;
    return want ? in.n >= want : str_search(in, STR("\r\n\r\n")) < in.n;
}

static inline void conn_ready(struct watch *watch, int events)
{
    struct peer_conn *conn = CONTAINER_OF(watch, struct peer_conn, watch);
    struct backend *backend = conn->backend;
    size_t n;
    int errnum;
    char *into = buf_reserve(&conn->in, 65536);
    if (socket_read(watch->fd, into, 65536, &n, &errnum) != IO_DONE) {
        conn_close(conn);
        return;
    }
    buf_append(&backend->received, (struct str){into, n});
    buf_grew(&conn->in, n);
    if (request_complete(conn) && backend->turn < backend->turns_n) {
        buf_clear(&conn->in);
        conn->send = backend->turns[backend->turn].send;
        conn->then = backend->turns[backend->turn].then;
        backend->turn++;
        conn_send(conn);
    }
}

static inline void on_accept(struct watch *watch, int events)
{
    struct backend *backend = CONTAINER_OF(watch, struct backend, watch);
    struct address peer;
    struct error err;
    int fd, errnum;
    if (socket_accept(watch->fd, &fd, &peer, &errnum) != IO_DONE) {
        return;
    }
    assert_true(backend->accepted < COUNT_OF(backend->conns));
    struct peer_conn *conn = &backend->conns[backend->accepted++];
    conn->backend = backend;
    assert_true(watch_init(&conn->watch, backend->loop, fd, conn_ready, &err));
    deadline_init(&conn->pause, backend->loop, conn_pause_over);
    const struct turn *turn = &backend->turns[backend->turn];
    if (backend->turn < backend->turns_n && turn->then == SHUT_EARLY) {
        backend->turn++;
        conn_close(conn);
        return;
    }
    watch_arm(&conn->watch, backend->deaf ? 0 : WATCH_READ);
}

/* --- the one who asks --- */

struct fixture {
    struct loop loop;
    struct backend backend;
    struct deadline guard;
    struct idle_pool *pool;
    struct arena arena;
    struct peer peer;
    struct upstream_group group;
    struct exchange_target target;
    struct exchange *exchange;
    struct buf log;
    bool over;
    bool retry_stale;
    bool free_at_head;
    bool free_at_interim;
    bool pause_at_head;
    bool free_at_data;
    bool end_at_drained;
    bool end_tunnel;  /* after the first bytes of the tunnel were written */
    const char *body; /* written in one go after the start; NULL: none */
};

static inline void on_guard(struct deadline *deadline)
{
    struct fixture *f = CONTAINER_OF(deadline, struct fixture, guard);
    buf_append(&f->log, STR(" STUCK"));
    f->over = true;
    uv_stop(&f->loop.uv);
}

static inline void end(struct fixture *f)
{
    f->over = true;
    uv_stop(&f->loop.uv);
}

static inline void on_connected(void *arg, bool reused)
{
    struct fixture *f = arg;
    buf_printf(&f->log, " connected%s", reused ? "-again" : "");
}

static inline void on_drained(void *arg)
{
    struct fixture *f = arg;
    buf_printf(&f->log, " drained");
    if (f->end_at_drained) {
        exchange_end_request(f->exchange);
    }
}

static inline void on_informational(void *arg, const struct response_head *head)
{
    struct fixture *f = arg;
    buf_printf(&f->log, " interim:%d/%zu", head->status, head->headers.n);
    if (f->free_at_interim) {
        exchange_free(f->exchange);
        f->exchange = NULL;
        end(f);
    }
}

static inline void on_head(void *arg, const struct response_head *head,
                           const struct framing *framing)
{
    struct fixture *f = arg;
    buf_printf(&f->log, " head:%d", head->status);
    if (f->free_at_head) {
        exchange_free(f->exchange);
        f->exchange = NULL;
        end(f);
    } else if (f->pause_at_head) {
        exchange_pause(f->exchange);
        uv_stop(&f->loop.uv);
    } else if (head->status == 101) {
        exchange_write(f->exchange, STR("ping"));
        if (f->end_tunnel) {
            exchange_end_tunnel(f->exchange);
        }
    }
}

static inline void on_data(void *arg, struct str bytes)
{
    struct fixture *f = arg;
    if (bytes.n > 64) {
        buf_printf(&f->log, " data#%zu", bytes.n);
    } else {
        buf_printf(&f->log, " data:%.*s", STR_ARG(bytes));
    }
    if (f->free_at_data) {
        exchange_free(f->exchange);
        f->exchange = NULL;
        end(f);
    }
}

static inline void on_done(void *arg, const struct headers *trailers)
{
    struct fixture *f = arg;
    buf_printf(&f->log, " done");
    for (size_t i = 0; i < trailers->n; i++) {
        buf_printf(&f->log, " %.*s=%.*s", STR_ARG(trailers->items[i].name),
                   STR_ARG(trailers->items[i].value));
    }
    end(f);
}

static inline void on_failed(void *arg, enum exchange_failure failure, const char *text)
{
    static const char *const names[] = {
        [EXCHANGE_CONNECT] = "connect",    [EXCHANGE_TIMEOUT] = "timeout",
        [EXCHANGE_CLOSED] = "closed",      [EXCHANGE_INVALID_HEADER] = "invalid",
        [EXCHANGE_BROKEN_BODY] = "broken",
    };
    struct fixture *f = arg;
    buf_printf(&f->log, " failed:%s:%s", names[failure], text);
    end(f);
}

static const struct exchange_handler handler = {
    .connected = on_connected,
    .drained = on_drained,
    .informational = on_informational,
    .head = on_head,
    .data = on_data,
    .done = on_done,
    .failed = on_failed,
};

#define REQUEST "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static inline void setup(struct fixture *f, const struct turn *turns, size_t n)
{
    struct error err;
    *f = (struct fixture){0};
    assert_true(loop_init(&f->loop, &err));
    struct address any;
    struct listen_options options = {0};
    assert_true(address_parse(STR("127.0.0.1"), 1, &any));
    address_set_port(&any, 0);
    int fd = socket_listen(&any, &options, &err);
    assert_true(fd >= 0);
    f->backend.loop = &f->loop;
    f->backend.turns = turns;
    f->backend.turns_n = n;
    socket_local(fd, &f->backend.address);
    assert_true(watch_init(&f->backend.watch, &f->loop, fd, on_accept, &err));
    watch_arm(&f->backend.watch, WATCH_READ);
    deadline_init(&f->guard, &f->loop, on_guard);
    deadline_set(&f->guard, 3000);
    f->pool = idle_pool_new(&f->loop);
    arena_init(&f->arena, 0);
    f->peer.address = f->backend.address;
    f->group = (struct upstream_group){.name = STR("g"),
                                       .peers = &f->peer,
                                       .n = 1,
                                       .keepalive = 2,
                                       .keepalive_requests = 1000,
                                       .keepalive_time_ms = 3600000,
                                       .keepalive_timeout_ms = 60000};
    f->target = (struct exchange_target){
        .peer = &f->peer,
        .group = &f->group,
        .timeouts = {.connect_ms = 2000, .send_ms = 2000, .read_ms = 2000},
        .head_max = 4096,
        .read_size = 16384,
        .method = METHOD_GET,
        .keep_alive = true,
    };
    f->retry_stale = true;
}

static inline void start(struct fixture *f)
{
    f->over = false;
    buf_clear(&f->log);
    static const struct exchange_request request = {.head = STR_INIT(REQUEST)};
    f->exchange = exchange_start(f->pool, &f->loop, &f->arena, &f->target, &request, f->retry_stale,
                                 &handler, f);
    assert_int_equal(buf_size(&f->log), 0);
    if (f->body) {
        exchange_write(f->exchange, str_of(f->body));
    }
}

static inline void finish(struct fixture *f)
{
    while (!f->over) {
        loop_run(&f->loop);
    }
    exchange_free(f->exchange);
    f->exchange = NULL;
}

/* A whole exchange; what happened must be exactly `expected`. */
static inline void expect(struct fixture *f, const char *expected)
{
    start(f);
    exchange_end_request(f->exchange);
    finish(f);
    buf_byte(&f->log, '\0');
    assert_string_equal(buf_view(&f->log).p, expected);
}

static inline void teardown(struct fixture *f)
{
    for (size_t i = 0; i < f->backend.accepted; i++) {
        conn_close(&f->backend.conns[i]);
    }
    watch_close(&f->backend.watch, NULL);
    deadline_close(&f->guard, NULL);
    idle_pool_close(f->pool);
    uv_run(&f->loop.uv, UV_RUN_NOWAIT);
    for (size_t i = 0; i < f->backend.accepted; i++) {
        buf_deinit(&f->backend.conns[i].in);
    }
    buf_deinit(&f->backend.received);
    buf_deinit(&f->log);
    idle_pool_free(f->pool);
    arena_deinit(&f->arena);
    loop_deinit(&f->loop);
}

/* Lets the loop run for a moment. */
static inline void on_moment(struct deadline *deadline)
{
    uv_stop(deadline->timer.loop);
}

static inline void moment(struct fixture *f, uint64_t ms)
{
    struct deadline deadline;
    deadline_init(&deadline, &f->loop, on_moment);
    deadline_set(&deadline, ms);
    loop_run(&f->loop);
    deadline_close(&deadline, NULL);
    uv_run(&f->loop.uv, UV_RUN_NOWAIT);
}

#define WAITING " while reading response header from upstream"

/* Two answers that let the connection be kept. */
static const struct turn two[] __attribute__((unused)) = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", STAY},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho", STAY},
};

#endif
