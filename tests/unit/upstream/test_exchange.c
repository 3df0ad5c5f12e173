/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges with a backend in the same loop that follows a script, good and bad. */
#include "upstream/exchange.h"

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

static void conn_close(struct peer_conn *conn)
{
    if (!conn->closed) {
        conn->closed = true;
        watch_close(&conn->watch, NULL);
        deadline_close(&conn->pause, NULL);
    }
}

static void conn_end(struct peer_conn *conn)
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

static void conn_send(struct peer_conn *conn)
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

static void conn_pause_over(struct deadline *deadline)
{
    conn_send(CONTAINER_OF(deadline, struct peer_conn, pause));
}

static bool request_complete(struct peer_conn *conn)
{
    struct str in = buf_view(&conn->in);
    size_t want = conn->backend->request_n;
    return want ? in.n >= want : str_search(in, STR("\r\n\r\n")) < in.n;
}

static void conn_ready(struct watch *watch, int events)
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

static void on_accept(struct watch *watch, int events)
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
    bool pause_at_head;
    bool free_at_data;
    bool end_at_drained;
    const char *body; /* written in one go after the start; NULL: none */
};

static void on_guard(struct deadline *deadline)
{
    struct fixture *f = CONTAINER_OF(deadline, struct fixture, guard);
    buf_append(&f->log, STR(" STUCK"));
    f->over = true;
    loop_stop(&f->loop);
}

static void end(struct fixture *f)
{
    f->over = true;
    loop_stop(&f->loop);
}

static void on_connected(void *arg, bool reused)
{
    struct fixture *f = arg;
    buf_printf(&f->log, " connected%s", reused ? "-again" : "");
}

static void on_drained(void *arg)
{
    struct fixture *f = arg;
    buf_printf(&f->log, " drained");
    if (f->end_at_drained) {
        exchange_end_request(f->exchange);
    }
}

static void on_head(void *arg, const struct response_head *head, const struct framing *framing)
{
    struct fixture *f = arg;
    buf_printf(&f->log, " head:%d", head->status);
    if (f->free_at_head) {
        exchange_free(f->exchange);
        f->exchange = NULL;
        end(f);
    } else if (f->pause_at_head) {
        exchange_pause(f->exchange);
        loop_stop(&f->loop);
    } else if (head->status == 101) {
        exchange_write(f->exchange, STR("ping"));
    }
}

static void on_data(void *arg, struct str bytes)
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

static void on_done(void *arg, const struct headers *trailers)
{
    struct fixture *f = arg;
    buf_printf(&f->log, " done");
    for (size_t i = 0; i < trailers->n; i++) {
        buf_printf(&f->log, " %.*s=%.*s", STR_ARG(trailers->items[i].name),
                   STR_ARG(trailers->items[i].value));
    }
    end(f);
}

static void on_failed(void *arg, enum exchange_failure failure, const char *text)
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
    .head = on_head,
    .data = on_data,
    .done = on_done,
    .failed = on_failed,
};

#define REQUEST "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static void setup(struct fixture *f, const struct turn *turns, size_t n)
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

static void start(struct fixture *f)
{
    f->over = false;
    buf_clear(&f->log);
    f->exchange = exchange_start(f->pool, &f->loop, &f->arena, &f->target, STR(REQUEST),
                                 f->retry_stale, &handler, f);
    assert_int_equal(buf_size(&f->log), 0);
    if (f->body) {
        exchange_write(f->exchange, str_of(f->body));
    }
}

static void finish(struct fixture *f)
{
    while (!f->over) {
        loop_run(&f->loop);
    }
    exchange_free(f->exchange);
    f->exchange = NULL;
}

/* A whole exchange; what happened must be exactly `expected`. */
static void expect(struct fixture *f, const char *expected)
{
    start(f);
    exchange_end_request(f->exchange);
    finish(f);
    buf_byte(&f->log, '\0');
    assert_string_equal(buf_view(&f->log).p, expected);
}

static void teardown(struct fixture *f)
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
static void on_moment(struct deadline *deadline)
{
    uv_stop(deadline->timer.loop);
}

static void moment(struct fixture *f, uint64_t ms)
{
    struct deadline deadline;
    deadline_init(&deadline, &f->loop, on_moment);
    deadline_set(&deadline, ms);
    loop_run(&f->loop);
    deadline_close(&deadline, NULL);
    uv_run(&f->loop.uv, UV_RUN_NOWAIT);
}

/* --- one answer, one verdict --- */

struct scenario {
    const char *name;
    struct turn turn;
    const char *expected;
    size_t kept; /* connections opened when a second request follows: 1 when the first was kept */
};

#define WAITING " while reading response header from upstream"

static const struct scenario scenarios[] = {
    {"length",
     {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAY},
     " connected head:200 data:hello done",
     1},
    {"length, in pieces",
     {"HTT|P/1.1 200 OK\r\nContent-Le|ngth: 5\r\n\r|\nhe|llo", STAY},
     " connected head:200 data:he data:llo done",
     1},
    {"length too short: extra bytes",
     {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1", STAY},
     " connected head:200 data:hello done",
     2},
    {"length, closed before its end",
     {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", CLOSE},
     " connected head:200 data:hello failed:broken:upstream prematurely closed connection while "
     "reading upstream",
     2},
    {"nothing",
     {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STAY},
     " connected head:200 done",
     1},
    {"204", {"HTTP/1.1 204 No Content\r\n\r\n", STAY}, " connected head:204 done", 1},
    {"304 with a length",
     {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", STAY},
     " connected head:304 done",
     1},
    {"204 with a body",
     {"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi", STAY},
     " connected head:204 done",
     2},
    {"connection: close",
     {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", STAY},
     " connected head:200 data:hi done",
     2},
    {"HTTP/1.0",
     {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", STAY},
     " connected head:200 data:hi done",
     2},
    {"until close",
     {"HTTP/1.1 200 OK\r\n\r\nhel|lo", CLOSE},
     " connected head:200 data:hel data:lo done",
     2},
    {"until close, but reset",
     {"HTTP/1.1 200 OK\r\n\r\nhello|", RESET},
     " connected head:200 data:hello failed:broken:recv() failed (104: Connection reset by peer) "
     "while reading upstream",
     2},
    {"bare LF",
     {"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", STAY},
     " connected head:200 data:hi done",
     1},
    {"chunked",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", STAY},
     " connected head:200 data:hello done",
     1},
    {"chunked, in pieces",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n|5|\r|\nhel|lo\r\n|0\r\n\r|\n", STAY},
     " connected head:200 data:hel data:lo done",
     1},
    {"chunked with trailers",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r|\n\r\n",
      STAY},
     " connected head:200 data:hi done X-Sum=7",
     1},
    {"chunked, then more",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nx", STAY},
     " connected head:200 data:hi done",
     2},
    {"chunked, broken",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhix", STAY},
     " connected head:200 data:hi failed:broken:upstream sent invalid chunked response while "
     "reading upstream",
     2},
    {"chunked, closed",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", CLOSE},
     " connected head:200 data:hi failed:broken:upstream prematurely closed connection while "
     "reading upstream",
     2},
    {"chunked and length",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nhi", STAY},
     " connected failed:invalid:upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers "
     "at the same time" WAITING,
     2},
    {"1xx before the answer",
     {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n|HTTP/1.1 200 "
      "OK\r\nContent-Length: 2\r\n\r\nhi",
      STAY},
     " connected head:200 data:hi done",
     1},
    {"101 not asked for",
     {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", STAY},
     " connected failed:invalid:upstream sent unexpected 101 response" WAITING,
     2},
    {"closes before a head",
     {NULL, CLOSE},
     " connected failed:closed:upstream prematurely closed connection" WAITING,
     2},
    {"half a head",
     {"HTTP/1.1 200 OK\r\nContent-", CLOSE},
     " connected failed:closed:upstream prematurely closed connection" WAITING,
     2},
    {"half a head, then reset",
     {"HTTP/1.1 200 OK\r\nContent-|", RESET},
     " connected failed:closed:recv() failed (104: Connection reset by peer)" WAITING,
     2},
    {"garbage",
     {"220 mail.example.org ESMTP\r\n", STAY},
     " connected failed:invalid:upstream sent no valid HTTP/1.0 header" WAITING,
     2},
    {"a broken field",
     {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", STAY},
     " connected failed:invalid:upstream sent invalid header" WAITING,
     2},
};

static void test_scenarios(void **state)
{
    static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmore";
    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        const struct scenario *s = &scenarios[i];
        struct turn turns[] = {s->turn, {good, STAY}};
        struct fixture f;
        setup(&f, turns, COUNT_OF(turns));
        print_message("%s\n", s->name);
        expect(&f, s->expected);
        expect(&f, s->kept == 1 ? " connected-again head:200 data:more done"
                                : " connected head:200 data:more done");
        assert_int_equal(f.backend.accepted, s->kept);
        teardown(&f);
    }
}

/* --- what the request says about keeping --- */

static const struct turn two[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", STAY},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho", STAY},
};

static void test_head_request(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", STAY},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", STAY},
    };
    struct fixture f;
    setup(&f, turns, 2);
    f.target.method = METHOD_HEAD;
    expect(&f, " connected head:200 done");
    expect(&f, " connected-again head:200 done");
    teardown(&f);
}

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

/* --- connecting --- */

static void test_refused(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* bound, but nobody listens */
    struct address any = f.backend.address;
    address_set_port(&any, 0);
    assert_int_equal(bind(fd, &any.u.sa, any.len), 0);
    socket_local(fd, &f.peer.address);
    expect(
        &f,
        " failed:connect:connect() failed (111: Connection refused) while connecting to upstream");
    close(fd);
    teardown(&f);
}

static void test_no_such_socket(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    assert_true(address_parse(STR("unix:/nonexistent/socket"), 0, &f.peer.address));
    expect(&f, " failed:connect:connect() failed (2: No such file or directory) while connecting "
               "to upstream");
    teardown(&f);
}

static void test_closed_on_accept(void **state)
{
    static const struct turn turns[] = {{NULL, SHUT_EARLY}};
    struct fixture f;
    setup(&f, turns, 1);
    start(&f);
    exchange_end_request(f.exchange);
    finish(&f);
    struct str log = buf_view(&f.log);
    assert_true(str_starts(log, STR(" connected failed:closed:")));
    teardown(&f);
}

/* --- stalls --- */

static void test_connect_timeout(void **state)
{
    /* A full backlog lets nobody in: the kernel drops the handshake's last packet. */
    struct fixture f;
    struct error err;
    struct listen_options options = {.backlog = 1};
    int fds[4];
    setup(&f, two, 2);
    struct address any = f.backend.address;
    address_set_port(&any, 0);
    int listener = socket_listen(&any, &options, &err);
    socket_local(listener, &f.peer.address);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        int errnum;
        assert_true(socket_connect(&f.peer.address, NULL, &fds[i], &errnum) != IO_FAILED);
    }
    f.target.timeouts.connect_ms = 30;
    expect(&f, " failed:timeout:upstream timed out (110: Connection timed out) while connecting to "
               "upstream");
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        close(fds[i]);
    }
    close(listener);
    teardown(&f);
}

static void test_head_timeout(void **state)
{
    static const struct turn turns[] = {{"HTTP/1.1 200 OK\r\n", STAY}};
    struct fixture f;
    setup(&f, turns, 1);
    f.target.timeouts.read_ms = 30;
    expect(&f, " connected failed:timeout:upstream timed out (110: Connection timed out)" WAITING);
    teardown(&f);
}

static void test_body_timeout(void **state)
{
    static const struct turn turns[] = {{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", STAY}};
    struct fixture f;
    setup(&f, turns, 1);
    f.target.timeouts.read_ms = 30;
    expect(
        &f,
        " connected head:200 data:hi failed:broken:upstream timed out (110: Connection timed out)"
        " while reading upstream");
    teardown(&f);
}

static void test_slow_but_steady_is_no_timeout(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\na|b|c|d|e|f|g|h", STAY}};
    struct fixture f;
    setup(&f, turns, 1);
    f.target.timeouts.read_ms = 25;
    expect(&f, " connected head:200 data:a data:b data:c data:d data:e data:f data:g data:h done");
    teardown(&f);
}

static void test_send_timeout(void **state)
{
    static const size_t huge = 32 * 1024 * 1024;
    struct fixture f;
    setup(&f, two, 2);
    f.backend.deaf = true;
    f.target.timeouts.send_ms = 30;
    char *body = calloc(1, huge);
    start(&f);
    exchange_write(f.exchange, (struct str){body, huge});
    finish(&f);
    buf_byte(&f.log, '\0');
    assert_string_equal(buf_view(&f.log).p,
                        " connected failed:timeout:upstream timed out (110: Connection timed out)"
                        " while sending request to upstream");
    free(body);
    teardown(&f);
}

/* --- the request's body --- */

static void test_body_in_the_same_write(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    f.backend.request_n = sizeof(REQUEST) - 1 + 4;
    f.body = "body";
    expect(&f, " connected head:200 data:hi done");
    struct str received = buf_view(&f.backend.received);
    assert_true(str_eq(received, STR("GET / HTTP/1.1\r\nHost: x\r\n\r\nbody")));
    teardown(&f);
}

static void test_large_body_drains(void **state)
{
    static const size_t size = 8 * 1024 * 1024;
    struct fixture f;
    setup(&f, two, 2);
    f.backend.request_n = sizeof(REQUEST) - 1 + size;
    char *body = malloc(size);
    memset(body, 'x', size);
    start(&f);
    exchange_write(f.exchange, (struct str){body, size});
    assert_int_equal(exchange_unsent(f.exchange), size);
    f.end_at_drained = true;
    finish(&f);
    buf_byte(&f.log, '\0');
    assert_string_equal(buf_view(&f.log).p, " connected drained head:200 data:hi done");
    assert_int_equal(buf_size(&f.backend.received), f.backend.request_n);
    free(body);
    teardown(&f);
}

static void test_early_answer_ends_a_stuck_upload(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", IDLE_CLOSE}};
    static const size_t size = 32 * 1024 * 1024;
    struct fixture f;
    setup(&f, turns, 1);
    char *body = calloc(1, size);
    start(&f);
    exchange_write(f.exchange, (struct str){body, size});
    finish(&f);
    buf_byte(&f.log, '\0');
    assert_string_equal(buf_view(&f.log).p, " connected head:413 data:no done");
    free(body);
    teardown(&f);
}

/* --- tunnels --- */

static void test_upgrade(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nfirst|second", IDLE_CLOSE}};
    struct fixture f;
    setup(&f, turns, 1);
    f.target.upgrade = true;
    expect(&f, " connected head:101 data:first data:second done");
    assert_true(str_ends(buf_view(&f.backend.received), STR("\r\n\r\nping")));
    teardown(&f);
}

static void test_upgrade_is_reset(void **state)
{
    static const struct turn turns[] = {{"HTTP/1.1 101 Switching Protocols\r\n\r\nfirst|", RESET}};
    struct fixture f;
    setup(&f, turns, 1);
    f.target.upgrade = true;
    expect(
        &f,
        " connected head:101 data:first failed:broken:recv() failed (104: Connection reset by peer)"
        " while proxying upgraded connection");
    teardown(&f);
}

/* --- too large heads --- */

static void test_head_size(void **state)
{
    struct buf answer = {0};
    buf_append(&answer, STR("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: "));
    while (buf_size(&answer) < 4096 - 4) {
        buf_byte(&answer, 'x');
    }
    buf_append(&answer, STR("\r\n\r\n"));
    buf_byte(&answer, '\0');
    struct turn turns[] = {{answer.data, STAY}, {answer.data, STAY}};
    struct fixture f;
    setup(&f, turns, 2);
    expect(&f, " connected head:200 done");
    f.target.head_max = 4095;
    expect(&f, " connected-again failed:invalid:upstream sent too big header" WAITING);
    buf_deinit(&answer);
    teardown(&f);
}

/* --- a caller who stops --- */

static void test_free_at_head(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    f.free_at_head = true;
    expect(&f, " connected head:200");
    f.free_at_head = false;
    expect(&f, " connected head:200 data:ho done");
    teardown(&f);
}

static void test_free_at_data(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n2\r\nho\r\n0\r\n\r\n",
         STAY}};
    struct fixture f;
    setup(&f, turns, 1);
    f.free_at_data = true;
    expect(&f, " connected head:200 data:hi");
    teardown(&f);
}

static void test_free_before_anything(void **state)
{
    struct fixture f;
    setup(&f, two, 2);
    start(&f);
    exchange_free(f.exchange);
    f.exchange = NULL;
    moment(&f, 20);
    assert_int_equal(buf_size(&f.log), 0);
    teardown(&f);
}

static void test_pause(void **state)
{
    static const struct turn turns[] = {{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhi|ho", STAY},
                                        {"HTTP/1.1 204 x\r\n\r\n", STAY}};
    struct fixture f;
    setup(&f, turns, 2);
    f.pause_at_head = true;
    f.target.timeouts.read_ms = 20; /* a paused backend is not blamed */
    start(&f);
    exchange_end_request(f.exchange);
    loop_run(&f.loop);
    moment(&f, 60);
    assert_true(str_eq(buf_view(&f.log), STR(" connected head:200")));
    exchange_resume(f.exchange);
    assert_true(str_eq(buf_view(&f.log), STR(" connected head:200")));
    finish(&f);
    assert_true(str_eq(buf_view(&f.log), STR(" connected head:200 data:hi data:ho done")));
    f.pause_at_head = false;
    expect(&f, " connected-again head:204 done");
    teardown(&f);
}

static void test_pause_without_body(void **state)
{
    static const struct turn turns[] = {{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STAY}};
    struct fixture f;
    setup(&f, turns, 1);
    f.pause_at_head = true;
    start(&f);
    exchange_end_request(f.exchange);
    loop_run(&f.loop);
    exchange_resume(f.exchange);
    finish(&f);
    assert_true(str_eq(buf_view(&f.log), STR(" connected head:200 done")));
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
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_head_request),
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
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_such_socket),
        cmocka_unit_test(test_closed_on_accept),
        cmocka_unit_test(test_connect_timeout),
        cmocka_unit_test(test_head_timeout),
        cmocka_unit_test(test_body_timeout),
        cmocka_unit_test(test_slow_but_steady_is_no_timeout),
        cmocka_unit_test(test_send_timeout),
        cmocka_unit_test(test_body_in_the_same_write),
        cmocka_unit_test(test_large_body_drains),
        cmocka_unit_test(test_early_answer_ends_a_stuck_upload),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_upgrade_is_reset),
        cmocka_unit_test(test_head_size),
        cmocka_unit_test(test_free_at_head),
        cmocka_unit_test(test_free_at_data),
        cmocka_unit_test(test_free_before_anything),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_pause_without_body),
        cmocka_unit_test(test_closed_pool_keeps_nothing),
        cmocka_unit_test(test_pool_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
