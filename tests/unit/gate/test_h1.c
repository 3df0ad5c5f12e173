/* SPDX-License-Identifier: Apache-2.0 */
/* The states of gate/h1/session.h, and what leads from one to the next; how an answer is framed. */
#include "served.h"

#include "gate/body.h"
#include "gate/h1/session.h"
#include "gate/respond.h"
#include "gate/tunnels.h"

enum { TURNS = 10, GONE = -1 };

static struct served served;
static struct connection *conn; /* the client's */
static int client;

/* --- a handler that does what the path says --- */

static struct {
    char bytes[64]; /* of body or tunnel */
    bool gives_up;  /* when the client leaves */
    int status;     /* of the request that ended last; -1: none did */
} seen;

static void on_bytes(struct request *request, struct str bytes)
{
    (void)request;
    strncat(seen.bytes, bytes.p, bytes.n);
}

static void answer(struct request *request)
{
    respond_text(request, 200, STR("text/plain"), STR("text"));
}

static void become_tunnel(struct request *request)
{
    request->response.status = 101;
    request->response.upgrade = true;
    respond_start(request);
    tunnel_start(request, on_bytes, NULL);
}

static void start_test(struct request *request)
{
    if (str_eq(request->walk.path, STR("/read"))) {
        body_stream(request, on_bytes, answer);
    } else if (str_eq(request->walk.path, STR("/answer"))) {
        answer(request);
    } else if (str_eq(request->walk.path, STR("/tunnel"))) {
        become_tunnel(request);
    } /* else it is held */
}

static bool on_left(struct request *request)
{
    (void)request;
    return seen.gives_up;
}

static void on_over(struct request *request)
{
    seen.status = request->response.status;
}

static const struct handler test_handler = {
    .name = "test", .start = start_test, .client_left = on_left, .cleanup = on_over};

/* --- a client --- */

static int open_client(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    seen.status = -1;
    served_open(&served, "access_log off; keepalive_timeout 60s;");
    served.live.server.root.handler = &test_handler;
    client = served_client(&served);
    conn = served.gate->connections;
    return 0;
}

static int close_client(void **state)
{
    (void)state;
    close(client);
    served_close(&served);
    return 0;
}

static void turns(void)
{
    for (int i = 0; i < TURNS; i++) {
        served_turn(&served);
    }
}

static void send_text(const char *text)
{
    served_say(client, text);
    turns();
}

static void half_close(void)
{
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    turns();
}

static void pass_limit(void)
{
    conn->protocol->expired(conn);
    turns();
}

/* Everything that came so far. */
static const char *received(void)
{
    static char text[4096];
    ssize_t n = read(client, text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static bool is_gone(void)
{
    return served.gate->connections_n == 0;
}

/* The state, or GONE. */
static int state_now(void)
{
    return is_gone() ? GONE : (int)h1_session_of(conn)->state;
}

#define GET(path)     "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST(path)    "POST " path " HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"
#define CHUNKED(path) "POST " path " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

/* --- H1_IDLE, H1_HEAD --- */

static void the_first_byte_of_a_head_begins_it(void **state)
{
    send_text("\r\n"); /* RFC 9112, 2.2: no part of a head */
    assert_int_equal(state_now(), H1_IDLE);
    send_text("G");
    assert_int_equal(state_now(), H1_HEAD);
    assert_false(connection_is_spare(conn));
    send_text("ET /held HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(state_now(), H1_REQUEST);
    assert_int_equal(conn->requests, 1);
}

static void a_head_that_is_broken_is_answered_and_not_kept(void **state)
{
    send_text("GET /answer HTTP/1.1\r\n"); /* without Host */
    assert_int_equal(state_now(), H1_HEAD);
    send_text("\r\n");
    assert_memory_equal(received(), "HTTP/1.1 400", 12);
    assert_int_equal(conn->phase, CONNECTION_LINGER);
    half_close();
    assert_true(is_gone());
}

/* --- H1_REQUEST --- */

static void an_answer_that_has_left_makes_room_for_the_next(void **state)
{
    send_text(GET("/answer"));
    assert_int_equal(state_now(), H1_IDLE);
    assert_true(connection_is_spare(conn));
    assert_ptr_equal(served.gate->oldest_spare, conn);
    send_text(GET("/answer") GET("/answer") "G");
    assert_int_equal(conn->requests, 3);
    assert_int_equal(state_now(), H1_HEAD);
    assert_false(connection_is_spare(conn));
    assert_null(served.gate->oldest_spare);
}

static void the_last_answer_ends_the_connection(void **state)
{
    send_text("GET /answer HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_memory_equal(received(), "HTTP/1.1 200", 12);
    assert_true(is_gone());
}

static void behind_the_last_answer_input_is_awaited(void **state)
{
    send_text("GET /answer HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" GET("/answer"));
    assert_memory_equal(received(), "HTTP/1.1 200", 12);
    assert_int_equal(conn->phase, CONNECTION_LINGER);
    assert_int_equal(conn->requests, 1);
}

static void a_body_that_nobody_needs_is_dropped_before_the_next(void **state)
{
    send_text(POST("/answer") "12");
    assert_memory_equal(received(), "HTTP/1.1 200", 12);
    assert_int_equal(state_now(), H1_REQUEST); /* the answer has left, the body is to come */
    send_text("345" GET("/held"));
    assert_int_equal(state_now(), H1_REQUEST);
    assert_int_equal(conn->requests, 2);
}

static void a_dropped_body_that_is_broken_ends_the_connection(void **state)
{
    send_text(CHUNKED("/answer") "2\r\nok\r\n");
    assert_int_equal(state_now(), H1_REQUEST);
    send_text("zz\r\n" GET("/answer"));
    assert_int_equal(conn->phase, CONNECTION_LINGER);
    assert_int_equal(conn->requests, 1);
}

static void a_client_that_is_held_back_is_not_read(void **state)
{
    send_text(POST("/read"));
    stream_pause(conn->streams);
    send_text("12345");
    assert_string_equal(seen.bytes, "");
    assert_int_equal(conn->inbound, INBOUND_WAITS);
    stream_resume(conn->streams);
    turns();
    assert_string_equal(seen.bytes, "12345");
    assert_int_equal(state_now(), H1_IDLE);
    assert_int_equal(conn->inbound, INBOUND_OPEN);
}

/* --- the client leaves --- */

static const struct case_of_end {
    const char *sent;
    bool gives_up;
    int state, status; /* of what is left then; of the request that ended */
} ENDS[] = {
    {"", false, GONE, -1},
    {"G", false, GONE, -1},
    {GET("/answer"), false, GONE, 200},
    {GET("/held"), false, H1_REQUEST, -1},
    {GET("/held"), true, GONE, 499},
    {POST("/held"), false, H1_REQUEST, -1},
    {POST("/read") "12", false, GONE, 400},
    {GET("/tunnel"), false, H1_TUNNEL, -1},
    {GET("/tunnel"), true, GONE, 101},
};

static void what_is_left_when_the_client_has_ended(void **state)
{
    for (size_t i = 0; i < COUNT_OF(ENDS); i++) {
        const struct case_of_end *row = &ENDS[i];
        (void)open_client(NULL);
        seen.gives_up = row->gives_up;
        send_text(row->sent);
        half_close();
        if (state_now() != row->state || seen.status != row->status) {
            fail_msg("%s: state %d, status %d", row->sent, state_now(), seen.status);
        }
        assert_true(is_gone() || conn->inbound == INBOUND_ENDED);
        (void)close_client(NULL);
    }
}

static void a_request_that_waits_outlives_the_clients_end(void **state)
{
    send_text(GET("/held"));
    send_text(GET("/answer"));
    half_close();
    assert_int_equal(conn->inbound, INBOUND_HUNG_UP);
    answer(conn->streams);
    turns();
    assert_true(is_gone());
    const char *text = received();
    assert_memory_equal(text, "HTTP/1.1 200", 12);
    assert_non_null(strstr(text + 12, "HTTP/1.1 200"));
}

/* What was noticed while the first was answered is noticed again for the next. */
static void each_request_learns_that_the_client_has_ended(void **state)
{
    send_text(GET("/held"));
    send_text(GET("/held"));
    half_close();
    assert_int_equal(conn->requests, 1);
    seen.gives_up = true;
    answer(conn->streams);
    turns();
    assert_true(is_gone());
    assert_int_equal(seen.status, 499);
}

/* --- the client does nothing --- */

static const struct case_of_end LIMITS[] = {
    {"", false, GONE, -1},
    {"G", false, GONE, -1},
    {GET("/answer"), false, GONE, 200},
    {GET("/held"), false, H1_REQUEST, -1},
    {POST("/read") "12", false, GONE, 408},
    {GET("/tunnel"), false, H1_TUNNEL, -1},
};

static void what_is_left_when_the_clients_time_is_over(void **state)
{
    for (size_t i = 0; i < COUNT_OF(LIMITS); i++) {
        const struct case_of_end *row = &LIMITS[i];
        (void)open_client(NULL);
        send_text(row->sent);
        pass_limit();
        if (state_now() != row->state || seen.status != row->status) {
            fail_msg("%s: state %d, status %d", row->sent, state_now(), seen.status);
        }
        (void)close_client(NULL);
    }
}

static void a_dropped_body_is_not_waited_for_beyond_its_time(void **state)
{
    send_text(POST("/answer") "12");
    assert_int_equal(state_now(), H1_REQUEST);
    assert_int_not_equal(conn->read_by.at, 0);
    pass_limit();
    assert_int_equal(conn->phase, CONNECTION_LINGER);
}

/* --- H1_TUNNEL --- */

static void a_tunnel_takes_all_bytes_but_while_it_is_held(void **state)
{
    send_text(GET("/tunnel") "one ");
    assert_int_equal(state_now(), H1_TUNNEL);
    assert_int_equal(conn->read_by.at, 0);
    assert_string_equal(seen.bytes, "one ");
    stream_pause(conn->streams);
    send_text(GET("/"));
    assert_string_equal(seen.bytes, "one ");
    assert_int_equal(conn->input.n, 0); /* it waits in the kernel */
    stream_resume(conn->streams);
    turns();
    assert_string_equal(seen.bytes, "one " GET("/"));
    assert_int_equal(conn->requests, 1);
}

static void a_tunnel_has_no_next_request(void **state)
{
    send_text(GET("/tunnel"));
    assert_memory_equal(received(), "HTTP/1.1 101", 12);
    respond_data(conn->streams, STR("two"));
    respond_finish(conn->streams);
    turns();
    assert_string_equal(received(), "two"); /* without chunks */
    assert_true(is_gone());
}

/* --- 100 Continue --- */

static void a_body_is_asked_for_once_and_when_it_is_read(void **state)
{
    send_text(
        "POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assert_string_equal(received(), "HTTP/1.1 100 Continue\r\n\r\n");
    send_text("12345");
    assert_memory_equal(received(), "HTTP/1.1 200", 12);
    assert_int_equal(state_now(), H1_IDLE);
    send_text(
        "POST /answer HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    const char *text = received();
    assert_memory_equal(text, "HTTP/1.1 200", 12);
    assert_non_null(strstr(text, "\r\nConnection: close\r\n")); /* it may send the body, or not */
    assert_int_equal(conn->phase, CONNECTION_LINGER);
}

static void http_1_0_knows_no_100(void **state)
{
    send_text("POST /read HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assert_string_equal(received(), "");
    send_text("12345");
    assert_memory_equal(received(), "HTTP/1.1 200", 12);
    assert_true(is_gone());
}

/* --- framing --- */

#define HEAD_1_1 "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"
#define GET_1_0  "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"

static const struct {
    const char *settings;
    const char *head;
    int status;
    int64_t length;
    bool chunks, keeps;
} FRAMES[] = {
    {"", GET("/"), 200, 4, false, true},
    {"", GET("/"), 200, -1, true, true},
    {"", GET_1_0, 200, 4, false, true},
    {"", GET_1_0, 200, -1, false, false}, /* the end of the connection ends it */
    {"chunked_transfer_encoding off;", GET("/"), 200, -1, false, false},
    {"", HEAD_1_1, 200, -1, false, true},
    {"", GET("/"), 204, -1, false, true},
    {"", GET("/"), 304, 4, false, true},
    {"add_trailer X 1;", GET("/"), 200, 4, true, true},
    {"add_trailer X 1;", GET("/"), 404, 4, false, true}, /* only with "always" */
    {"add_trailer X 1 always;", GET("/"), 404, 4, true, true},
    {"add_trailer X 1;", GET_1_0, 200, 4, false, true},
    {"add_trailer X 1;", HEAD_1_1, 200, 4, false, true},
    {"add_trailer X 1;", GET("/"), 304, 4, false, true},
    {"add_trailer X 1; chunked_transfer_encoding off;", GET("/"), 200, 4, false, true},
};

static bool has(struct str text, const char *what)
{
    return memmem(text.p, text.n, what, strlen(what)) != NULL;
}

/* An answer of "text"; what was written. */
static struct str framed(struct live *live, const char *head, int status, int64_t length,
                         const char *field)
{
    struct request *request = live_request(live, head);
    live->conn.start_ms = clock_now().mono_ms;
    request->keep_alive = true;
    request->walk.step = WALK_OVER;
    request->response.status = status;
    request->response.length = length;
    if (field) {
        headers_add(&request->response.headers, &request->arena, STR("X-Field"), str_of(field));
    }
    respond_start(request);
    if (!request->response.failed) {
        respond_data(request, STR("text"));
    }
    respond_finish(request);
    return buf_view(&live->conn.output.bytes);
}

static void an_answer_is_framed_by_what_is_known_of_it(void **state)
{
    static struct live live;
    for (size_t i = 0; i < COUNT_OF(FRAMES); i++) {
        struct error err;
        assert_true(live_load(&live, NULL, FRAMES[i].settings, &err));
        struct str out = framed(&live, FRAMES[i].head, FRAMES[i].status, FRAMES[i].length, NULL);
        bool chunks = has(out, "\r\nTransfer-Encoding: chunked\r\n");
        bool trailer = has(out, "\r\n0\r\nX: 1\r\n\r\n");
        bool body = has(out, chunks ? "\r\n\r\n4\r\ntext\r\n0\r\n" : "\r\n\r\ntext");
        if (chunks != FRAMES[i].chunks || live.request->keep_alive != FRAMES[i].keeps ||
            trailer != (chunks && FRAMES[i].settings[0] == 'a') ||
            body == live.request->response.no_body ||
            has(out, "\r\nContent-Length: 4\r\n") != (live.request->response.length == 4)) {
            fail_msg("row %zu: %.*s", i, STR_ARG(out));
        }
        live_deinit(&live);
    }
}

/* What cannot be sent becomes a 500, whatever framing was chosen before. */
static void a_head_that_cannot_be_sent_is_framed_anew(void **state)
{
    static struct live live;
    struct error err;
    for (int64_t length = -1; length <= 4; length += 5) {
        assert_true(live_load(&live, NULL, "add_trailer X 1 always;", &err));
        struct str out = framed(&live, GET("/"), 200, length, "a\nb");
        assert_true(str_starts(out, STR("HTTP/1.1 500 ")));
        assert_true(has(out, "\r\nContent-Length: 0\r\n"));
        assert_false(has(out, "chunked"));
        assert_true(str_ends(out, STR("\r\n\r\n")));
        live_deinit(&live);
        assert_true(live_load(&live, NULL, "add_trailer X 1 always;", &err));
        out = framed(&live, GET("/"), 200, length, "ab");
        assert_true(str_starts(out, STR("HTTP/1.1 200 ")));
        assert_true(has(out, "chunked"));
        assert_true(str_ends(out, STR("\r\n0\r\nX: 1\r\n\r\n")));
        live_deinit(&live);
    }
}

#define WITH_CLIENT(test) cmocka_unit_test_setup_teardown(test, open_client, close_client)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(the_first_byte_of_a_head_begins_it),
        WITH_CLIENT(a_head_that_is_broken_is_answered_and_not_kept),
        WITH_CLIENT(an_answer_that_has_left_makes_room_for_the_next),
        WITH_CLIENT(the_last_answer_ends_the_connection),
        WITH_CLIENT(behind_the_last_answer_input_is_awaited),
        WITH_CLIENT(a_body_that_nobody_needs_is_dropped_before_the_next),
        WITH_CLIENT(a_dropped_body_that_is_broken_ends_the_connection),
        WITH_CLIENT(a_client_that_is_held_back_is_not_read),
        cmocka_unit_test(what_is_left_when_the_client_has_ended),
        WITH_CLIENT(a_request_that_waits_outlives_the_clients_end),
        WITH_CLIENT(each_request_learns_that_the_client_has_ended),
        cmocka_unit_test(what_is_left_when_the_clients_time_is_over),
        WITH_CLIENT(a_dropped_body_is_not_waited_for_beyond_its_time),
        WITH_CLIENT(a_tunnel_takes_all_bytes_but_while_it_is_held),
        WITH_CLIENT(a_tunnel_has_no_next_request),
        WITH_CLIENT(a_body_is_asked_for_once_and_when_it_is_read),
        WITH_CLIENT(http_1_0_knows_no_100),
        cmocka_unit_test(an_answer_is_framed_by_what_is_known_of_it),
        cmocka_unit_test(a_head_that_cannot_be_sent_is_framed_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
