/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of HTTP/2 that sends anything, against a whole gate on a socket pair. The input is a
 * series of steps, so that a change of a byte leaves the rest what it was:
 *
 *     TYPE FLAGS STREAM LENGTH LENGTH payload   a frame, when TYPE is below 16
 *     TYPE FLAGS STREAM LENGTH LENGTH payload   the payload alone, when TYPE is below 32
 *     TYPE                                      otherwise one of `enum step`
 *
 * The handler does what the path begins with. What the gate sends must be frames that a client may
 * get; every request ends once; when the client is gone, nothing is left.
 */
#include "../unit/gate/served.h"

#include <assert.h>
#include <fcntl.h>

#include "gate/body.h"
#include "gate/h2/session.h"
#include "gate/respond.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    TURNS_MAX = 400, /* until a connection whose client has left is gone */
    FRAME_HEAD = 9,
    FRAME_MAX = 16384,
    STREAMS_MAX = 512,
    TYPES = 10,
    BIG = 200 * 1024,
};

enum step {
    STEP_FRAME = 16,
    STEP_RAW = 32,
    STEP_TURN = 64,   /* the gate's loop turns */
    STEP_READ = 128,  /* the client reads */
    STEP_TICK = 160,  /* a time limit passes */
    STEP_PAUSE = 192, /* see change_pauses */
};

static struct served served;
static bool ready;

static struct {
    unsigned begun, over; /* requests */
    bool pauses;
} handled;

/* --- the handler --- */

static char big[BIG];

static void send_text(struct request *request)
{
    respond_text(request, 200, STR("text/plain"), STR("text"));
}

static void echo(struct request *request, struct str bytes)
{
    respond_data(request, bytes);
    if (handled.pauses) {
        stream_pause(request);
    }
}

static void drop(struct request *request, struct str bytes)
{
    (void)request;
    (void)bytes;
}

static void begin_answer(struct request *request, int64_t length)
{
    request->response.status = 200;
    request->response.length = length;
    respond_start(request);
}

static void answer_by_path(struct request *request)
{
    struct str path = request->walk.path;
    handled.begun++;
    switch (path.n > 1 ? path.p[1] : 0) {
    case 'r': body_stream(request, drop, send_text); break;
    case 'e':
        begin_answer(request, -1);
        body_stream(request, echo, respond_finish);
        break;
    case 'm':
        if (body_is_here(request)) {
            send_text(request);
        } else {
            body_buffer(request, send_text);
        }
        break;
    case 'b':
        begin_answer(request, BIG);
        respond_data(request, (struct str){big, BIG / 2});
        respond_data(request, (struct str){big, BIG / 2});
        respond_finish(request);
        break;
    case 'f':
        begin_answer(request, 4096);
        respond_file(request, open("/dev/zero", O_RDONLY | O_CLOEXEC), 0, 4096, true);
        respond_finish(request);
        break;
    case 'x':
        begin_answer(request, -1);
        respond_data(request, STR("part"));
        respond_break(request);
        break;
    case 'h': begin_answer(request, -1); break; /* held for ever */
    case '4': respond_status(request, 404); break;
    default: send_text(request);
    }
}

static void on_drained(struct request *request)
{
    assert(respond_unsent(request) == 0);
}

static void on_over(struct request *request)
{
    (void)request;
    handled.over++;
}

static const struct handler by_path = {
    .name = "test", .start = answer_by_path, .drained = on_drained, .cleanup = on_over};

/* --- the client --- */

struct client {
    int fd;
    struct buf got;
    bool has_ended[STREAMS_MAX]; /* by stream: a frame with END_STREAM, or RST_STREAM, has come */
    bool settings_came;
    bool goaway_came;
};

/* RFC 9113, 4.1 and 5.1. */
static void check_frame(struct client *client, const uint8_t *head, size_t length)
{
    uint8_t type = head[3], flags = head[4];
    uint32_t id =
        (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8];
    bool ends =
        ((type == NGHTTP2_DATA || type == NGHTTP2_HEADERS) && flags & NGHTTP2_FLAG_END_STREAM) ||
        type == NGHTTP2_RST_STREAM;
    assert(length <= FRAME_MAX && type < TYPES && type != NGHTTP2_PUSH_PROMISE);
    assert(client->settings_came || type == NGHTTP2_SETTINGS);
    client->settings_came = true;
    client->goaway_came |= type == NGHTTP2_GOAWAY;
    assert(id % 2 == 1 || id == 0); /* none is the server's */
    assert(type == NGHTTP2_WINDOW_UPDATE ||
           (id == 0) ==
               (type == NGHTTP2_SETTINGS || type == NGHTTP2_PING || type == NGHTTP2_GOAWAY));
    if (id && id / 2 < STREAMS_MAX && type != NGHTTP2_WINDOW_UPDATE) {
        assert(!client->has_ended[id / 2] || type == NGHTTP2_RST_STREAM);
        client->has_ended[id / 2] |= ends;
    }
}

static void client_read(struct client *client)
{
    for (;;) {
        ssize_t n = read(client->fd, buf_reserve(&client->got, 64 * 1024), 64 * 1024);
        if (n <= 0) {
            break;
        }
        buf_grew(&client->got, (size_t)n);
    }
    for (;;) {
        struct str view = buf_view(&client->got);
        const uint8_t *head = (const uint8_t *)view.p;
        if (view.n < FRAME_HEAD) {
            return;
        }
        size_t length = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        if (view.n < FRAME_HEAD + length) {
            assert(length <= FRAME_MAX);
            return;
        }
        check_frame(client, head, length);
        buf_consume(&client->got, FRAME_HEAD + length);
    }
}

static void client_send(const struct client *client, const void *bytes, size_t n)
{
    ssize_t sent = send(client->fd, bytes, n, MSG_NOSIGNAL);
    (void)sent; /* the gate may have closed, or read nothing for a while */
}

static void turn(void)
{
    served_turn(&served);
    for (struct connection *conn = served.gate->connections; conn; conn = conn->next) {
        /* What is bounded: docs/http2.md. */
        assert(conn->phase != CONNECTION_OPEN ||
               buf_size(&conn->output.bytes) <= H2_FILL + FRAME_MAX + FRAME_HEAD);
    }
}

static struct connection *connection_now(void)
{
    struct connection *conn = served.gate->connections;
    return conn && conn->phase == CONNECTION_OPEN ? conn : NULL;
}

/* Handlers stop reading bodies, or go on. */
static void change_pauses(void)
{
    struct connection *conn = connection_now();
    handled.pauses = !handled.pauses;
    for (struct request *r = conn ? conn->streams : NULL; r && !handled.pauses; r = r->next) {
        stream_resume(r);
    }
}

static void tick(void)
{
    struct connection *conn = connection_now();
    if (conn) {
        conn->protocol->expired(conn);
    }
}

/* A frame, or bytes that are none. Returns what is left of the input. */
static struct str client_say(const struct client *client, struct str in)
{
    const uint8_t *p = (const uint8_t *)in.p;
    if (in.n < 5) {
        return str_skip(in, in.n);
    }
    struct str payload = str_head(str_skip(in, 5), ((size_t)p[3] << 8 | p[4]) % (FRAME_MAX + 2));
    uint8_t head[FRAME_HEAD] = {0, (uint8_t)(payload.n >> 8), (uint8_t)payload.n, p[0], p[1]};
    head[7] = p[2] >> 7;
    head[8] = (uint8_t)(p[2] << 1 | (p[2] != 0)); /* odd, or 0 */
    if (p[0] < STEP_FRAME) {
        client_send(client, head, sizeof(head));
    }
    client_send(client, payload.p, payload.n);
    return str_skip(in, 5 + payload.n);
}

static struct str client_step(struct client *client, struct str in)
{
    uint8_t what = (uint8_t)in.p[0];
    if (what < STEP_RAW) {
        return client_say(client, in);
    }
    if (what < STEP_TURN) {
        turn();
    } else if (what < STEP_READ) {
        client_read(client);
    } else if (what < STEP_TICK) {
        tick();
    } else if (what < STEP_PAUSE) {
        change_pauses();
    }
    return str_skip(in, 1);
}

/* --- a run --- */

static void prepare(void)
{
    if (!ready) {
        served_open(&served, "access_log off; http2 on; client_max_body_size 100k;"
                             "http2_max_concurrent_streams 10; keepalive_requests 8;");
        served.live.server.root.handler = &by_path;
        ready = true;
    }
    memset(&handled, 0, sizeof(handled));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    struct str in = {(const char *)data, size};
    prepare();
    struct client client = {.fd = served_client(&served)};
    client_send(&client, preface, sizeof(preface) - 1);
    while (in.n) {
        in = client_step(&client, in);
    }
    for (int i = 0; i < 4; i++) {
        turn();
        client_read(&client);
    }
    close(client.fd);
    for (int i = 0; served.gate->connections_n; i++) {
        assert(i < TURNS_MAX);
        served_turn(&served);
    }
    assert(handled.begun == handled.over);
    buf_deinit(&client.got);
    return 0;
}
