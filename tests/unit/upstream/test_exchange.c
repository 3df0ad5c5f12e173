/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges with a backend that behaves, and with each way of misbehaving. */
#include "upstream/exchange_fixture.h"

/* --- one answer, one verdict --- */

struct scenario {
    const char *name;
    struct turn turn;
    const char *expected;
    size_t kept; /* connections opened when a second request follows: 1 when the first was kept */
};

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
     " connected interim:100/0 interim:103/1 head:200 data:hi done",
     1},
    {"1xx, and no answer",
     {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", CLOSE},
     " connected interim:103/1 failed:closed:upstream prematurely closed connection" WAITING,
     2},
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

/* Longer as a whole than the timeout, which is far longer than each pause: also on a busy machine.
 */
static void test_slow_but_steady_is_no_timeout(void **state)
{
#define PAUSE "||||||||||"
    static const struct turn turns[] = {{"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n"
                                         "a" PAUSE "b" PAUSE "c" PAUSE "d" PAUSE "e" PAUSE "f" PAUSE
                                         "g" PAUSE "h",
                                         STAY}};
    struct fixture f;
    setup(&f, turns, 1);
    f.target.timeouts.read_ms = 300;
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

/* The backend sees the end behind all bytes, and closes. Without the end it would wait. */
static void test_tunnel_is_ended(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nfirst", STAY}};
    for (int ends = 0; ends <= 1; ends++) {
        struct fixture f;
        setup(&f, turns, 1);
        f.target.upgrade = true;
        f.target.timeouts.read_ms = 200;
        f.end_tunnel = ends;
        expect(&f, ends ? " connected head:101 data:first done"
                        : " connected head:101 data:first failed:broken:upstream timed out (110: "
                          "Connection timed out) while proxying upgraded connection");
        assert_true(str_ends(buf_view(&f.backend.received), STR("\r\n\r\nping")));
        teardown(&f);
    }
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

static void test_free_at_interim(void **state)
{
    static const struct turn turns[] = {
        {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STAY}};
    struct fixture f;
    setup(&f, turns, 1);
    f.free_at_interim = true;
    expect(&f, " connected interim:103/0");
    teardown(&f);
}

/* Sixteen are more than any client needs. */
static void test_too_many_interim(void **state)
{
    static const char one[] = "HTTP/1.1 102 P\r\n\r\n";
    static const char last[] = "HTTP/1.1 204 N\r\n\r\n";
    static const char *const ends[] = {
        [16] = " head:204 done",
        [17] = " failed:invalid:upstream sent too many 1xx responses" WAITING};
    for (size_t n = 16; n <= 17; n++) {
        struct buf text = {0};
        struct fixture f;
        for (size_t i = 0; i < n; i++) {
            buf_append(&text, str_of(one));
        }
        buf_append(&text, (struct str){last, sizeof(last)});
        const struct turn turn = {buf_view(&text).p, STAY};
        setup(&f, &turn, 1);
        start(&f);
        exchange_end_request(f.exchange);
        finish(&f);
        assert_true(str_ends(buf_view(&f.log), str_of(ends[n])));
        teardown(&f);
        buf_deinit(&text);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_head_request),
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
        cmocka_unit_test(test_tunnel_is_ended),
        cmocka_unit_test(test_upgrade_is_reset),
        cmocka_unit_test(test_head_size),
        cmocka_unit_test(test_free_at_head),
        cmocka_unit_test(test_free_at_interim),
        cmocka_unit_test(test_too_many_interim),
        cmocka_unit_test(test_free_at_data),
        cmocka_unit_test(test_free_before_anything),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_pause_without_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
