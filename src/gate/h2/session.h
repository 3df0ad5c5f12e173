/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of HTTP/2 for a connection and each stream. nghttp2 reads and writes frames; its
 * callbacks only take notes here. h2_streams_run acts on the notes after nghttp2 has returned, so
 * no connection ends inside nghttp2.
 */
#ifndef GATE_H2_SESSION_H
#define GATE_H2_SESSION_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "gate/connection.h"
#include "gate/h2/memory.h"
#include "gate/output.h"
#include "http/header.h"

/*
 * The states of a stream: state, event, next state.
 *
 *     H2_HEAD   all headers have arrived                    H2_READY
 *     H2_READY  the client was checked; the request begins  H2_REQUEST
 *     H2_READY  the head is malformed                       H2_OVER
 *     any       nghttp2 has closed it, yett drops it,
 *               or the client has closed the connection     H2_OVER
 *     H2_OVER   the client left, and the handler goes on    H2_LEFT
 *     H2_LEFT   the answer is complete                      (freed)
 *
 * H2_OVER: h2_streams_reap ends the request, if there is one, and frees the stream. H2_LEFT: what
 * is answered is dropped (proxy_ignore_client_abort).
 */
enum {
    H2_FILL = 64 * 1024, /* output made at once, before it is sent; a frame may go beyond */
    H2_KEY = 24,         /* RFC 6455, 4.1: 16 bytes in base64 */
};

enum h2_state { H2_HEAD, H2_READY, H2_REQUEST, H2_OVER, H2_LEFT };

struct h2_stream {
    int32_t id;
    enum h2_state state;
    struct h2_session *session;
    struct h2_stream *prev, *next; /* in session->streams, the oldest first */
    struct request *request;       /* from H2_REQUEST on, until it ends */

    struct arena arena;    /* of the fields; the request takes its memory over */
    struct headers fields; /* of the head, as received */
    size_t fields_size;    /* as SETTINGS_MAX_HEADER_LIST_SIZE counts (RFC 9113, 6.5.2) */
    bool too_large;        /* the head; some fields were dropped */
    size_t trailers_size;  /* of the trailer section, which is not read */

    struct buf held;    /* the part of the body not taken yet: one window at most */
    bool paused;        /* take no body, or bytes of the tunnel, for now */
    bool ended;         /* the client has sent the whole body */
    bool completed;     /* the request was told so */
    bool says_priority; /* in the field `priority` (RFC 9218, 5) */
    bool connects;      /* an extended CONNECT (RFC 8441) */
    bool tunnel;        /* … that the backend has accepted */
    char key[H2_KEY];   /* … the Sec-WebSocket-Key made for it */
    uint64_t since_ms;  /* when data last arrived or left */
    struct output out;  /* the answer's body, not framed yet */
    bool out_ended;     /* nothing follows in `out` */
    bool out_deferred;  /* nghttp2 waits for more in `out` */
    bool answered;      /* the answer's last frame was made */
    bool reset_by_peer; /* reset by the client before the answer was complete */
};

/* Frames of a file whose bytes are in the output already, behind its end, with room for their
 * heads. Only for the time in which nghttp2 makes frames. */
struct h2_ahead {
    const struct h2_stream *stream;
    const char *data; /* the output's buffer, as it was then: … */
    size_t start;     /* … it has not moved */
    const char *next; /* where the next of them begins */
    size_t n;         /* bytes of each, without its head */
    size_t frames;    /* how many there are */
};

struct h2_session {
    nghttp2_session *ng;
    struct h2_memory memory; /* of `ng` */
    struct connection *conn;
    struct h2_stream *first, *last;
    struct h2_ahead ahead;
    struct h2_stream *starting; /* its request is being made */
    uint64_t nuisance;          /* see h2_nuisance */
    uint64_t nuisance_s;
    uint64_t updates_due; /* WINDOW_UPDATE frames that the data sent so far justifies */
    int32_t prioritized;  /* the stream that the last PRIORITY_UPDATE was about */
    uint64_t left;        /* streams in H2_LEFT: http2_max_concurrent_streams at most */
    size_t queued;        /* frames to send when the frame that is being read began */
    bool told_to_leave;   /* GOAWAY was sent */
    bool failed;          /* nghttp2 can read no more; what still comes is dropped */
    bool too_long;        /* the client sent a frame longer than it may */
    bool gone;            /* the client has closed the connection; there are streams in H2_LEFT */
    bool ticks;           /* conn->read_by is when to check the streams' time limits next */
    bool idles; /* … is when keepalive_timeout ends; no frame without a stream moves it */
};

static inline struct h2_session *h2_session_of(const struct connection *conn)
{
    return conn->session;
}

static inline struct h2_stream *h2_stream_of(const struct request *request)
{
    return request->stream;
}

/* callbacks.c */

/* Returns the callbacks for nghttp2. The caller frees them. */
nghttp2_session_callbacks *h2_callbacks_new(void);
/*
 * Counts a frame that costs yett more than the client (resets, PING, SETTINGS, PRIORITY,
 * PRIORITY_UPDATE, empty DATA). After a burst of them, more than a few in a second end the
 * connection with ENHANCE_YOUR_CALM (RFC 9113, 10.5). An honest client never comes near this.
 */
void h2_nuisance(struct h2_session *h2);

/* answer.c */

/* Sends a DATA frame of an answer, see nghttp2_send_data_callback. */
int h2_send_data(nghttp2_session *ng, nghttp2_frame *frame, const uint8_t *head, size_t n,
                 nghttp2_data_source *source, void *arg);

/* streams.c */

struct h2_stream *h2_stream_new(struct h2_session *h2, int32_t id);
void h2_stream_free(struct h2_stream *stream);
/* Resets the stream with that error code (RFC 9113, 7) before the loop sleeps. */
void h2_stream_reset(struct h2_stream *stream, uint32_t code);
/* The same; whatever nghttp2 still does with it, h2_streams_reap ends it. */
void h2_stream_drop(struct h2_stream *stream, uint32_t code);
/* Acts on the callbacks' notes: begins requests, hands bodies on, ends streams in H2_OVER. The
 * connection may be closed afterwards. */
void h2_streams_run(struct connection *conn);
/* Tells the client to send no more requests here; those that came are answered. */
void h2_streams_last(struct h2_session *h2);
/* Ends the streams in H2_OVER. */
void h2_streams_reap(struct h2_session *h2);

/* See struct protocol. */
void h2_attach(struct request *request);
void h2_cut(struct request *request);
void h2_want_body(struct request *request);
void h2_pause(struct request *request);
void h2_resume(struct request *request);
bool h2_drop_body(struct request *request);
bool h2_is_here(struct request *request, uint64_t max);

#endif
