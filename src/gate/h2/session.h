/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What HTTP/2 keeps of a connection and of each stream. nghttp2 reads and writes frames; its
 * callbacks only take notes here, and call nothing of the engine. What was noted is acted on when
 * it has returned (h2_streams_run), so that no connection ends inside of nghttp2.
 */
#ifndef GATE_H2_SESSION_H
#define GATE_H2_SESSION_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "gate/connection.h"
#include "gate/output.h"
#include "http/header.h"

/*
 * A stream, and what leads to the next state:
 *
 *     H2_HEAD    all fields have arrived                    H2_READY
 *     H2_READY   the client was judged; the request begins  H2_REQUEST
 *     H2_READY   the head is malformed                      H2_OVER
 *     any        nghttp2 has closed it                      H2_OVER
 *
 * In H2_OVER the request, if there is one, is ended at the next opportunity, and the stream freed.
 */
enum h2_state { H2_HEAD, H2_READY, H2_REQUEST, H2_OVER };

struct h2_stream {
    int32_t id;
    enum h2_state state;
    struct h2_session *session;
    struct h2_stream *prev, *next; /* in session->streams, the oldest first */
    struct request *request;       /* in H2_REQUEST, and in H2_OVER until it is ended */

    struct arena arena;    /* of the fields */
    struct headers fields; /* of the head, as they came */
    size_t fields_size;    /* as SETTINGS_MAX_HEADER_LIST_SIZE counts (RFC 9113, 6.5.2) */
    bool too_large;        /* the fields; not all are kept */

    struct buf held;    /* the body, as far as it was not taken yet: a window of it at most */
    bool paused;        /* the body is not to be taken for now */
    bool ended;         /* the client has sent all of it */
    bool completed;     /* and the request knows */
    uint64_t since_ms;  /* when something of it came, or left, last */
    struct output out;  /* the answer's body, not framed yet */
    bool out_ended;     /* and nothing follows */
    bool out_deferred;  /* nghttp2 waits for more of it */
    bool answered;      /* the last frame of the answer was made */
    bool reset_by_peer; /* before the answer was complete */
};

struct h2_session {
    nghttp2_session *ng;
    struct connection *conn;
    struct h2_stream *first, *last;
    struct h2_stream *starting; /* whose request is being made */
    uint64_t nuisance;          /* see h2_nuisance */
    uint64_t nuisance_s;
    uint64_t updates_due; /* frames of WINDOW_UPDATE that the data sent so far makes fair */
    bool told_to_leave;   /* GOAWAY was sent */
    bool ticks;           /* conn->read_by is the next look at the time limits of the streams */
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

/* The callbacks of nghttp2. The caller frees them. */
nghttp2_session_callbacks *h2_callbacks_new(void);
/*
 * Frames that cost us more than the client (resets, PING, SETTINGS, PRIORITY, empty DATA) are
 * counted. More than a burst of them, and then more than a few in a second, end the connection with
 * ENHANCE_YOUR_CALM (RFC 9113, 10.5). An honest client never comes near it.
 */
void h2_nuisance(struct h2_session *h2);

/* streams.c */

struct h2_stream *h2_stream_new(struct h2_session *h2, int32_t id);
void h2_stream_free(struct h2_stream *stream);
/* Acts on what the callbacks noted: begins requests, hands bodies on, ends what is over. The
 * connection may be closed afterwards. */
void h2_streams_run(struct connection *conn);
/* Ends what is over. */
void h2_streams_reap(struct h2_session *h2);

/* As struct protocol says. */
void h2_attach(struct request *request);
void h2_want_body(struct request *request);
void h2_pause(struct request *request);
void h2_resume(struct request *request);
bool h2_drop_body(struct request *request);
bool h2_is_here(struct request *request, uint64_t max);

#endif
