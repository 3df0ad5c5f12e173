/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/h2_ask.h"

#include <nghttp2/nghttp2.h>

#include "base/must.h"

/* RFC 9113, 4.1, 6.2, 6.10. */
enum { FRAME_HEAD = 9, FRAME_HEADERS = 1, FRAME_CONTINUATION = 9, FLAG_END_HEADERS = 4 };
enum { FIELDS_MAX = 32 };

struct h2_asking {
    struct arena *arena;
    const struct h2_request *request; /* the one that is being asked */
    struct buf sent;
    int status;
    struct buf body;
    bool ended; /* the stream */
};

/* --- what comes --- */

static int h2_ask_on_header(nghttp2_session *session, const nghttp2_frame *frame,
                            const uint8_t *name, size_t name_n, const uint8_t *value,
                            size_t value_n, uint8_t flags, void *arg)
{
    struct h2_asking *asking = arg;
    uint64_t status = 0;
    struct str field = {(const char *)name, name_n};
    struct str text = {(const char *)value, value_n};
    if (str_eq(field, STR(":status")) && str_to_u64(text, 999, &status) && status >= 200) {
        asking->status = (int)status;
        /* A tunnel stays open. */
        asking->ended = asking->ended || asking->request->form == H2_FORM_CONNECT;
    }
    return 0;
}

static int h2_ask_on_data(nghttp2_session *session, uint8_t flags, int32_t stream,
                          const uint8_t *data, size_t n, void *arg)
{
    struct h2_asking *asking = arg;
    size_t room = REPLY_BODY_MAX - buf_size(&asking->body);
    buf_append(&asking->body, str_head((struct str){(const char *)data, n}, room));
    return 0;
}

static int h2_ask_on_close(nghttp2_session *session, int32_t stream, uint32_t code, void *arg)
{
    struct h2_asking *asking = arg;
    asking->ended = true;
    return 0;
}

static nghttp2_session *h2_ask_session(struct h2_asking *asking)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;
    must_have(nghttp2_session_callbacks_new(&callbacks) == 0 ? callbacks : NULL);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, h2_ask_on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, h2_ask_on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, h2_ask_on_close);
    must_have(nghttp2_session_client_new(&session, callbacks, asking) == 0 ? session : NULL);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, NULL, 0);
    return session;
}

/* --- what is sent --- */

static nghttp2_nv nv_of(struct str name, struct str value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name.p, (uint8_t *)(uintptr_t)value.p, name.n,
                        value.n, NGHTTP2_NV_FLAG_NONE};
}

static size_t h2_ask_put_fields(const struct h2_request *request, struct arena *arena,
                                nghttp2_nv fields[static FIELDS_MAX], size_t n)
{
    struct str rest = request->fields;
    while (rest.n && n < FIELDS_MAX) {
        struct str value = str_split(&rest, '\n');
        struct str name = str_split(&value, ':');
        value = str_trim(str_head(value, str_find(value, '\r')));
        if (request->form == H2_FORM_CASE) {
            fields[n] = nv_of(arena_dup(arena, name), value);
            fields[n++].flags = NGHTTP2_NV_FLAG_NO_COPY_NAME; /* else it is made lower case */
        } else {
            fields[n++] = nv_of(arena_lower(arena, name), value);
        }
    }
    return n;
}

/* No body; then the second head. */
static ssize_t send_second_head(nghttp2_session *session, int32_t stream, uint8_t *room, size_t n,
                                uint32_t *flags, nghttp2_data_source *source, void *arg)
{
    const struct h2_asking *asking = arg;
    const nghttp2_nv path = nv_of(STR(":path"), asking->request->second_path);
    *flags = NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    nghttp2_submit_trailer(session, stream, &path, 1);
    return 0;
}

static void h2_ask_submit(nghttp2_session *session, const struct h2_request *request,
                          struct arena *arena)
{
    nghttp2_nv fields[FIELDS_MAX];
    size_t n = 0;
    bool connects = request->form == H2_FORM_CONNECT;
    const nghttp2_data_provider no_body = {.read_callback = send_second_head};
    fields[n++] = nv_of(STR(":method"), connects ? STR("CONNECT") : request->method);
    if (connects) {
        fields[n++] = nv_of(STR(":protocol"), STR("websocket"));
    }
    fields[n++] = nv_of(STR(":scheme"), STR("https"));
    if (request->authority.n) {
        fields[n++] = nv_of(STR(":authority"), request->authority);
    }
    fields[n++] = nv_of(STR(":path"), request->target);
    n = h2_ask_put_fields(request, arena, fields, n);
    if (connects) { /* the stream stays open */
        nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, -1, NULL, fields, n, NULL);
    } else {
        nghttp2_submit_request(session, NULL, fields, n,
                               request->form == H2_FORM_TWO_HEADS ? &no_body : NULL, NULL);
    }
}

/* A frame of a stream with a part of the payload of `frame`. */
static void h2_ask_put_piece(struct buf *out, struct str frame, uint8_t type, uint8_t flags,
                             struct str piece)
{
    const char head[] = {(char)(piece.n >> 16), (char)(piece.n >> 8), (char)piece.n, (char)type,
                         (char)flags};
    buf_append(out, (struct str){head, sizeof(head)});
    buf_append(out, str_head(str_skip(frame, sizeof(head)), FRAME_HEAD - sizeof(head)));
    buf_append(out, piece);
}

/* The library hands out one frame at a time. */
static void h2_ask_put_frame(struct buf *out, struct str frame, enum h2_form form)
{
    bool is_head = frame.n > FRAME_HEAD && frame.p[3] == FRAME_HEADERS &&
                   (uint8_t)frame.p[4] & FLAG_END_HEADERS;
    if (form != H2_FORM_PIECES || !is_head) {
        buf_append(out, frame);
        return;
    }
    struct str payload = str_skip(frame, FRAME_HEAD);
    size_t half = 1 + (payload.n - 1) / 2;
    h2_ask_put_piece(out, frame, FRAME_HEADERS, (uint8_t)frame.p[4] & (uint8_t)~FLAG_END_HEADERS,
                     str_head(payload, 1));
    h2_ask_put_piece(out, frame, FRAME_CONTINUATION, 0, str_skip(str_head(payload, half), 1));
    h2_ask_put_piece(out, frame, FRAME_CONTINUATION, FLAG_END_HEADERS, str_skip(payload, half));
}

static bool h2_ask_flush(nghttp2_session *session, struct wire *wire, struct h2_asking *asking)
{
    for (;;) {
        const uint8_t *data;
        ssize_t n = nghttp2_session_mem_send(session, &data);
        if (n <= 0) {
            return n == 0;
        }
        size_t before = buf_size(&asking->sent);
        h2_ask_put_frame(&asking->sent, (struct str){(const char *)data, (size_t)n},
                         asking->request->form);
        if (!wire_send(wire, str_skip(buf_view(&asking->sent), before))) {
            return false;
        }
    }
}

/* Until the stream has ended. False: not in time. */
static bool h2_ask_wait(nghttp2_session *session, struct wire *wire, struct h2_asking *asking)
{
    struct buf in = {0};
    bool in_time = true;
    while (!asking->ended && h2_ask_flush(session, wire, asking)) {
        enum wire_read got = wire_read(wire, &in);
        struct str bytes = buf_view(&in);
        in_time = got != WIRE_TIMEOUT;
        if (got != WIRE_SOME ||
            nghttp2_session_mem_recv(session, (const uint8_t *)bytes.p, bytes.n) < 0) {
            break;
        }
        buf_clear(&in);
    }
    buf_deinit(&in);
    return in_time;
}

bool h2_ask(struct wire *wire, const struct h2_request *requests, size_t n, struct arena *arena,
            struct reply *out, struct str *sent)
{
    struct h2_asking asking = {.arena = arena};
    nghttp2_session *session = h2_ask_session(&asking);
    bool in_time = true;
    *out = (struct reply){0};
    for (size_t i = 0; in_time && i < n; i++) {
        asking.request = &requests[i];
        asking.status = 0;
        asking.ended = false;
        buf_clear(&asking.body);
        h2_ask_submit(session, &requests[i], arena);
        in_time = h2_ask_wait(session, wire, &asking);
        *out = (struct reply){asking.status, arena_dup(arena, buf_view(&asking.body))};
        if (!asking.ended && i + 1 < n) {
            *out = (struct reply){0};
            break;
        }
    }
    nghttp2_session_del(session);
    *sent = arena_dup(arena, buf_view(&asking.sent));
    buf_deinit(&asking.sent);
    buf_deinit(&asking.body);
    return in_time || out->status;
}
