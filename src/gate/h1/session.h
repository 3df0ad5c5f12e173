/* SPDX-License-Identifier: Apache-2.0 */
/* The state of HTTP/1 for a connection and its one stream. */
#ifndef GATE_H1_SESSION_H
#define GATE_H1_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "gate/connection.h"
#include "http/chunked.h"
#include "http/framing.h"
#include "http/request_head.h"

/*
 * The states of an HTTP/1 connection: state, event, next state.
 *
 *     H1_IDLE     the first byte of a head arrived       H1_HEAD
 *     H1_IDLE     a whole head arrived                   H1_REQUEST
 *     H1_HEAD     a whole head arrived, or a broken one  H1_REQUEST
 *     H1_REQUEST  answered, the connection is kept       H1_IDLE
 *     H1_REQUEST  answered, the connection is not kept   the connection closes or lingers
 *     H1_REQUEST  101 was passed on                      H1_TUNNEL
 *     H1_TUNNEL   the backend has closed its side        the connection closes or lingers
 *     any         an error, or a time limit              the connection closes
 *
 * Only h1.c changes the state.
 */
enum h1_state {
    H1_IDLE,    /* waits for a request's first byte */
    H1_HEAD,    /* part of a head has arrived */
    H1_REQUEST, /* a request is being handled */
    H1_TUNNEL,  /* upgraded: bytes go both ways */
};

struct h1_session {
    enum h1_state state;
    struct head_scan scan;
};

struct h1_stream {
    struct framing framing; /* of the request */
    struct chunked chunked;
    uint64_t left;            /* bytes of BODY_LENGTH still to come */
    bool paused;              /* the body or the tunnel */
    bool continue_sent;       /* 100 Continue */
    bool sends_chunks;        /* the response is chunked */
    uint64_t linger_until_ms; /* after the answer, while the body is dropped; 0: not yet */
};

static inline struct h1_session *h1_session_of(const struct connection *conn)
{
    return conn->session;
}

static inline struct h1_stream *h1_stream_of(const struct request *request)
{
    return request->stream;
}

#endif
