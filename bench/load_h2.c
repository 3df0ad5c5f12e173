/* SPDX-License-Identifier: Apache-2.0 */
/* nghttp2 reads and writes the frames; what is counted here are the answers. */
#include "bench/load_h2.h"

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Windows as Chromium has them, in bytes. */
static const uint32_t stream_window = 6 << 20;
static const int32_t connection_window = 15 << 20;

struct h2_client {
    nghttp2_session *session;
    const struct h2_request *request;
    unsigned open;    /* streams whose answers are incomplete */
    unsigned good;    /* answers with the expected status */
    bool reset;       /* a stream ended otherwise than by its last frame */
    bool wrong;       /* an answer had a length of its own: not `length` */
    char out[16384];  /* frames on their way into one TLS record */
    size_t out_count; /* bytes in `out`; more than zero while SSL_write has stopped */
};

/* --- callbacks --- */

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                     void *arg)
{
    struct h2_client *client = arg;
    char status[8];

    if (name_length == 7 && memcmp(name, ":status", 7) == 0) {
        int length = snprintf(status, sizeof(status), "%d", client->request->status);
        client->good += value_length == (size_t)length && memcmp(value, status, value_length) == 0;
    }
    return 0;
}

/* A stream's user data counts its body's bytes. */
static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t count, void *arg)
{
    uint64_t *received = nghttp2_session_get_stream_user_data(session, id);

    *received += count;
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
    struct h2_client *client = arg;
    uint64_t *received = nghttp2_session_get_stream_user_data(session, id);
    int64_t expected = client->request->length;

    client->open--;
    client->reset |= code != NGHTTP2_NO_ERROR;
    client->wrong |= expected >= 0 && *received != (uint64_t)expected;
    free(received);
    return 0;
}

/* --- the client --- */

static bool session_make(struct h2_client *client)
{
    nghttp2_session_callbacks *callbacks = NULL;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
    };

    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        return false;
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    bool good = nghttp2_session_client_new(&client->session, callbacks, client) == 0 &&
                nghttp2_submit_settings(client->session, NGHTTP2_FLAG_NONE, settings,
                                        sizeof(settings) / sizeof(settings[0])) == 0 &&
                nghttp2_session_set_local_window_size(client->session, NGHTTP2_FLAG_NONE, 0,
                                                      connection_window) == 0;
    nghttp2_session_callbacks_del(callbacks);
    return good;
}

struct h2_client *h2_client_new(void)
{
    struct h2_client *client = calloc(1, sizeof(*client));

    if (client != NULL && !session_make(client)) {
        h2_client_free(client);
        return NULL;
    }
    return client;
}

void h2_client_free(struct h2_client *client)
{
    if (client != NULL) {
        nghttp2_session_del(client->session);
        free(client);
    }
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

void h2_client_ask(struct h2_client *client, const struct h2_request *request)
{
    const nghttp2_nv pairs[] = {
        pair(":method", "GET"),
        pair(":scheme", "https"),
        pair(":authority", request->authority),
        pair(":path", request->path),
    };

    client->request = request;
    client->open = 0;
    client->good = 0;
    for (unsigned i = 0; i < request->at_once; i++) {
        uint64_t *received = calloc(1, sizeof(*received));
        if (received == NULL ||
            nghttp2_submit_request(client->session, NULL, pairs, 4, NULL, received) < 0) {
            abort();
        }
        client->open++;
    }
}

enum h2_progress h2_client_send(struct h2_client *client, SSL *ssl, int *written)
{
    for (;;) {
        const uint8_t *frames = NULL;
        if (client->out_count > 0) {
            *written = SSL_write(ssl, client->out, (int)client->out_count);
            if (*written <= 0) {
                return H2_TLS;
            }
            client->out_count = 0;
        }
        /* Requests and control frames: each far smaller than the room that is left. */
        while (client->out_count < sizeof(client->out) / 2) {
            ssize_t count = nghttp2_session_mem_send(client->session, &frames);
            if (count < 0 || (size_t)count > sizeof(client->out) - client->out_count) {
                return H2_BAD;
            }
            if (count == 0) {
                break;
            }
            memcpy(client->out + client->out_count, frames, (size_t)count);
            client->out_count += (size_t)count;
        }
        if (client->out_count == 0) {
            return H2_MORE;
        }
    }
}

enum h2_progress h2_client_feed(struct h2_client *client, const char *bytes, size_t count)
{
    ssize_t taken = nghttp2_session_mem_recv(client->session, (const uint8_t *)bytes, count);

    if (taken < 0 || client->reset) {
        return H2_BAD;
    }
    if (client->open > 0) {
        return nghttp2_session_want_read(client->session) ? H2_MORE : H2_BAD;
    }
    if (client->good != client->request->at_once) {
        return H2_STATUS;
    }
    return client->wrong ? H2_LENGTH : H2_DONE;
}
