/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through the gate. */
#ifndef GATE_REQUEST_H
#define GATE_REQUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "gate/body.h"
#include "http/request_head.h"
#include "http/uri.h"
#include "site/walk.h"
#include "upstream/exchange.h"

struct connection;
struct request;

/* Produces a response. `start` is called once each time the walk ends at a handler. */
struct handler {
    const char *name;
    void (*start)(struct request *request);
    /* Queued output has left: more may follow. May be NULL. */
    void (*drained)(struct request *request);
    /* The client closed its side before the response. True: give up (499). NULL: never give up. */
    bool (*client_left)(struct request *request);
    /* The request ends, regularly or not: frees what handler_state holds. May be NULL. */
    void (*cleanup)(struct request *request);
};

/* One attempt at a backend, for $upstream_*; ", " and " : " separate several. */
struct upstream_try {
    struct str address;
    int status; /* 0: none came */
    struct exchange_stats stats;
    bool redirected; /* an internal redirect followed: " : " comes before the next */
    struct upstream_try *next;
};

/* The response. The handler fills it in; respond.c sends it. */
struct response {
    int status;
    struct headers
        headers; /* set by the handler; Date, Server, Connection, framing are added when sent */
    struct str reason;                    /* a backend's reason phrase; empty: the usual one */
    int64_t length;                       /* of the body; -1: not known */
    struct str content_type;              /* empty: none; hooks_content_type is what is sent */
    struct str charset;                   /* X-Accel-Charset; empty: none */
    struct str etag;                      /* quoted, sent as ETag; empty: none */
    time_t last_modified;                 /* -1: none */
    bool accept_ranges;                   /* a file: ranges apply */
    bool has_date;                        /* the handler's headers hold Date: do not add one */
    bool has_server;                      /* … Server */
    bool upgrade;                         /* 101: the connection becomes a tunnel */
    struct headers trailers;              /* of a backend, passed on */
    const struct response_head *upstream; /* for $upstream_http_NAME; NULL without */

    /* Filled in while sending. */
    bool started;        /* the head is in the output */
    bool takes_trailers; /* trailers can be sent after the body */
    bool no_body;        /* HEAD, 204, 304 */
    bool failed;         /* the head cannot be sent: it is a 500 without a body */
    bool finished;
    uint64_t head_sent;  /* bytes */
    uint64_t body_sent;  /* bytes of the body, without framing: $body_bytes_sent */
    struct headers sent; /* as sent: $sent_http_NAME */
    struct headers sent_trailers;
};

/*
 * Headers that survive an internal redirect: those of a backend's response with X-Accel-Redirect,
 * or of an error before its page is fetched. They are sent with those of the final handler.
 */
struct carried {
    struct headers headers;
    struct str content_type; /* for a file or `return`, or a backend's answer without one */
};

struct request {
    struct connection *conn;
    struct request *next; /* in conn->streams */
    void *stream;         /* the protocol's state of the request, in the arena */
    struct arena arena;
    struct walk walk; /* its way through the configuration */
    bool running;     /* inside request_run */

    struct request_head head;
    bool malformed; /* no head was parsed: the answer can only be an error page */

    bool keep_alive;
    struct request_body body;
    /* After 101: takes the client's bytes. NULL: not upgraded. */
    void (*tunnel_data)(struct request *request, struct str bytes);
    void (*tunnel_ended)(struct request *request); /* the client sends no more, but still reads */
    struct response response;
    struct carried carried;
    void *handler_state;
    const struct handler *handler; /* the last one started; its cleanup is due */

    struct upstream_try *tries;
    struct str upstream_url; /* for the log, while a backend is asked; empty: none is */
    struct str tried_host;   /* $proxy_host and $proxy_port of the last proxy_pass */
    struct str tried_port;

    uint64_t number;            /* on this connection, from 1: $connection_requests */
    uint64_t start_ms;          /* since the epoch, as $msec */
    uint64_t received;          /* bytes of head and body: $request_length */
    char id[33];                /* $request_id, made when asked for */
    bool closed_without_answer; /* 444 */
    bool client_gone;           /* 499 */
};

/*
 * Whether the request exceeded a limit since the last call: the limit of a regex, so that values
 * read since then must not decide anything; or its memory limit. Logs which. Afterwards the request
 * may use some more memory, for the response and its line in the access log.
 */
bool request_hit_limit(struct request *request);
/* Forgets the limits exceeded so far, and allows some more memory. */
void request_renew_limits(struct request *request);
/*
 * Ends a request that exceeded a limit: with 500, and without error_page, which could depend on the
 * same values; a response that has begun is broken off. Called after each step, and before anything
 * goes to a backend. The code for response heads calls request_hit_limit itself.
 */
bool request_stop_at_limit(struct request *request);
/* Stops the handler; the request goes on without one. */
void request_drop_handler(struct request *request);
/* Makes a request, one of conn->streams, whose head is about to be read. */
struct request *request_new(struct connection *conn);
/* Ends it: cleanup of the handler, log, memory. */
void request_free(struct request *request);
/* The same, because the connection broke: logs 499, or the status that was sent. The caller closes
 * the connection. */
void request_abort(struct request *request);
/* The queued part of the answer has left: the handler may add more. */
void request_drained(struct request *request);
/* The client closed its side before the answer was complete. True: the handler gives up. */
bool request_client_left(struct request *request);
/* The client has gone, and gets no answer. True: the handler goes on with the backend all the
 * same. */
bool request_goes_on(struct request *request);
/* Sets the status to log for a request that ends without an answer. */
void request_unanswered(struct request *request, int status);

/* Walks on until the response is decided, then begins it. */
void request_run(struct request *request);
/* After an internal redirect: forgets the planned response, and walks on. */
void request_go_on(struct request *request);
/* Redirects internally to `path` with `args`, or to a named location. */
void request_redirect(struct request *request, struct str path, struct str args);
void request_redirect_named(struct request *request, struct str name);

/* $request_id: 32 hexadecimal digits at random; empty: OpenSSL has none. Borrowed. */
struct str request_id(struct request *request);

/* Writes to the error_log of the request's location, and adds ", client: …, server: …, request: …,
 * host: …". */
void request_log(struct request *request, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void request_vlog(struct request *request, enum log_level level, const char *fmt, va_list args)
    PRINTF_LIKE(3, 0);

#endif
