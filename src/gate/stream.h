/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request and its answer as a stream of the client's connection. This is all that the engine and
 * the modules know of a protocol. A connection carries streams; HTTP/1 carries one at a time.
 */
#ifndef GATE_STREAM_H
#define GATE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct connection;
struct request;

/* What a connection waits for from its client. */
enum interest {
    INTEREST_NONE,
    INTEREST_HANGUP, /* whether the client is still there; what it sends stays in the kernel */
    INTEREST_INPUT,
};

/* A protocol. Its functions never call back into connection.c's reading: what they want to be done
 * later they schedule with connection_resume and connection_touch. */
struct protocol {
    const char *name; /* as in ALPN (RFC 7301) */
    /* How a connection without TLS begins whose client knows beforehand that it is spoken (RFC
     * 9113, 3.3), as far as HTTP/1 takes it for a head; empty: none does. */
    struct str preface;

    /* --- a connection, in CONNECTION_OPEN --- */

    /* Requests are expected from here on. Makes conn->session. */
    void (*open)(struct connection *conn);
    /* Frees conn->session. The streams are gone by then. */
    void (*close)(struct connection *conn);
    enum interest (*interest)(const struct connection *conn);
    /* Takes what it can of conn->input. It may close the connection. */
    void (*input)(struct connection *conn);
    /* The client closed its side; what it sent before still waits to be read. */
    void (*hung_up)(struct connection *conn);
    /* The client closed its side, and everything it sent was read. */
    void (*ended)(struct connection *conn);
    /* conn->read_by has passed. */
    void (*expired)(struct connection *conn);
    /* Puts more into conn->output, a bounded amount. Whether it did. It may close the connection.
     * NULL: a protocol that writes its output at once. */
    bool (*fill)(struct connection *conn);
    /* All output has left. */
    void (*drained)(struct connection *conn);
    /* Whether the connection is kept only for a next request, of which no byte was read yet. */
    bool (*is_idle)(const struct connection *conn);
    /* The connection is about to be closed while idle: a last word into conn->output. May be
     * NULL. */
    void (*leave)(struct connection *conn);

    /* --- a stream: its input --- */

    /* Makes request->stream, in the request's arena. */
    void (*attach)(struct request *request);
    /* The body is wanted: has the client send it (RFC 9110, 10.1.1), and reads it. */
    void (*want_body)(struct request *request);
    void (*pause)(struct request *request);
    void (*resume)(struct request *request);
    /* The body is not wanted. True: it is read and dropped. False: nothing more of it is read. */
    bool (*drop_body)(struct request *request);
    /* Whether all of an unread body has arrived, and is at most `max` bytes long. */
    bool (*is_here)(struct request *request, uint64_t max);
    /* From here on the client's bytes are no messages any more: they go to request->tunnel. */
    void (*upgrade)(struct request *request);

    /* --- a stream: its output --- */

    /* Before the fields of the head are made: decides how the body is framed, and with that
     * response.takes_trailers, and whether the connection can be kept. */
    void (*frame)(struct request *request);
    /* Adds the fields that the framing needs to response.sent. */
    void (*fields)(struct request *request);
    /* Sends the head: the status and response.sent. Sets response.head_sent. */
    void (*head)(struct request *request);
    void (*data)(struct request *request, struct str bytes);
    /* The descriptor is closed when the part is sent or the connection ends, if `owned`. */
    void (*file)(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned);
    /* The body is complete; response.sent_trailers go behind it if they can. */
    void (*end)(struct request *request);
    /* It will never be complete, and the client must be able to tell. */
    void (*reset)(struct request *request);
    /* Bytes of the stream that have not left yet. */
    uint64_t (*unsent)(const struct request *request);
};

/* The functions of the request's protocol. Those that give the connection something to do see to it
 * that it is settled before the loop sleeps. */
void stream_want_body(struct request *request);
void stream_pause(struct request *request);
void stream_resume(struct request *request);
bool stream_drop_body(struct request *request);
bool stream_is_here(struct request *request, uint64_t max);
void stream_frame(struct request *request);
void stream_fields(struct request *request);
void stream_head(struct request *request);
void stream_data(struct request *request, struct str bytes);
void stream_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned);
void stream_end(struct request *request);
void stream_reset(struct request *request);
uint64_t stream_unsent(const struct request *request);

#endif
