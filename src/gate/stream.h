/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream: a request and its answer on a client's connection. The engine and the modules know no
 * more of a protocol than this file. HTTP/1 carries one stream at a time.
 */
#ifndef GATE_STREAM_H
#define GATE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct connection;
struct headers;
struct request;

/* What a connection waits for from its client. */
enum interest {
    INTEREST_NONE,
    INTEREST_HANGUP, /* only a hang-up; input stays in the kernel */
    INTEREST_INPUT,
};

/* A protocol. Its functions never call the reading code of connection.c. They schedule later work
 * with connection_resume and connection_touch. */
struct protocol {
    const char *name; /* as in ALPN (RFC 7301) */
    /* The first bytes of a client that speaks it without TLS by prior knowledge (RFC 9113, 3.3),
     * as far as HTTP/1 would take them for a head; empty: none. */
    struct str preface;

    /* --- a connection, in CONNECTION_OPEN --- */

    /* Requests are expected from here on. Makes conn->session. */
    void (*open)(struct connection *conn);
    /* Frees conn->session. The streams are gone by then. */
    void (*close)(struct connection *conn);
    enum interest (*interest)(const struct connection *conn);
    /* Takes what it can of conn->input. It may close the connection. */
    void (*input)(struct connection *conn);
    /* The client closed its side; input still waits to be read. */
    void (*hung_up)(struct connection *conn);
    /* The client closed its side, and all input was read. */
    void (*ended)(struct connection *conn);
    /* The client is gone. True: requests go on without it, and the protocol closes the connection
     * behind them. NULL: none does. */
    bool (*outlives)(struct connection *conn);
    /* conn->read_by has passed. */
    void (*expired)(struct connection *conn);
    /* Adds a bounded amount to conn->output. False: it added nothing. It may close the connection.
     * NULL: the protocol writes its output at once. */
    bool (*fill)(struct connection *conn);
    /* All output has left: ends the answered requests, and lets the other handlers go on. */
    void (*drained)(struct connection *conn);
    /* Whether the connection only waits for a next request, of which no byte was read. */
    bool (*is_idle)(const struct connection *conn);
    /* The connection is about to be closed: adds a goodbye to conn->output, which is empty. May be
     * NULL. */
    void (*leave)(struct connection *conn);

    /* --- a stream: its input --- */

    /* Sets request->stream. */
    void (*attach)(struct request *request);
    /* Asks the client for the body (RFC 9110, 10.1.1), and reads it. */
    void (*want_body)(struct request *request);
    void (*pause)(struct request *request);
    void (*resume)(struct request *request);
    /* The body is not needed. True: it is read and dropped. False: it is not read any more. */
    bool (*drop_body)(struct request *request);
    /* Whether all of an unread body has arrived, and is at most `max` bytes long. */
    bool (*is_here)(struct request *request, uint64_t max);
    /* Whether a 101 of a backend, with these fields, accepts what the client asked for. */
    bool (*accepts)(const struct request *request, const struct headers *fields);
    /* From here on the client's bytes go to request->tunnel_data. */
    void (*upgrade)(struct request *request);
    /* Ends the stream at once, whatever is not sent yet: the client may not go on. The connection
     * may be closed afterwards. */
    void (*cut)(struct request *request);

    /* --- a stream: its output --- */

    /* Sends an interim response (RFC 9110, 15.2) at once, if the client can take one. */
    void (*informational)(struct request *request, int status, const struct headers *fields);
    /* Before the headers are made: decides how the body is framed, response.takes_trailers, and
     * whether the connection can be kept. */
    void (*frame)(struct request *request);
    /* Adds the framing's headers to response.sent. */
    void (*fields)(struct request *request);
    /* Sends the head: the status and response.sent. Sets response.head_sent. */
    void (*head)(struct request *request);
    void (*data)(struct request *request, struct str bytes);
    /* If `owned`, the descriptor is closed when the part is sent or the connection ends. */
    void (*file)(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned);
    /* The body is complete; response.sent_trailers follow it if they can. */
    void (*end)(struct request *request);
    /* The body stays incomplete, and the client must be able to tell. */
    void (*reset)(struct request *request);
    /* Bytes of the stream that are not sent yet. */
    uint64_t (*unsent)(const struct request *request);
};

/* Call the functions of the request's protocol. Where that gives the connection something to do,
 * they schedule it before the loop sleeps. */
void stream_want_body(struct request *request);
void stream_pause(struct request *request);
void stream_resume(struct request *request);
bool stream_drop_body(struct request *request);
bool stream_is_here(struct request *request, uint64_t max);
bool stream_accepts(const struct request *request, const struct headers *fields);
void stream_cut(struct request *request);
void stream_informational(struct request *request, int status, const struct headers *fields);
void stream_frame(struct request *request);
void stream_fields(struct request *request);
void stream_head(struct request *request);
void stream_data(struct request *request, struct str bytes);
void stream_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned);
void stream_end(struct request *request);
void stream_reset(struct request *request);
uint64_t stream_unsent(const struct request *request);

#endif
