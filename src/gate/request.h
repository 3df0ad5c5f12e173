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

/* What produces an answer. `start` is called once each time the walk ends at a handler. */
struct handler {
    const char *name;
    void (*start)(struct request *request);
    /* Output that was held up has left: more may be given. May be NULL. */
    void (*drained)(struct request *request);
    /* The client ended its side while the answer is awaited: true to give up (499). NULL: go on. */
    bool (*client_left)(struct request *request);
    /* The request ends, in order or not: free what `handler_state` holds. May be NULL. */
    void (*cleanup)(struct request *request);
};

/* One attempt at a backend, for $upstream_*; several are listed with ", " and " : ". */
struct upstream_try {
    struct str address;
    int status; /* 0: none came */
    struct exchange_stats stats;
    bool redirected; /* an internal redirect followed: " : " separates it from the next */
    struct upstream_try *next;
};

/* The answer, as far as the handler decided it. 8_respond.c sends it. */
struct response {
    int status;
    struct headers
        headers; /* set by the handler; Date, Server, Connection, framing are added when sent */
    struct str reason;       /* behind the status, as a backend sent it; empty: the usual words */
    int64_t length;          /* of the body; -1: not known */
    struct str content_type; /* empty: none; charset_content_type is what is sent */
    struct str charset;      /* X-Accel-Charset; empty: none */
    struct str etag;         /* quoted, sent as ETag; empty: none */
    time_t last_modified;    /* -1: none */
    bool accept_ranges;      /* a file: ranges apply */
    bool has_date;           /* the handler's headers hold Date: do not add one */
    bool has_server;         /* … Server */
    bool upgrade;            /* 101: the connection becomes a tunnel */
    struct headers trailers; /* of a backend, passed on */
    const struct response_head *upstream; /* for $upstream_http_NAME; NULL without */

    /* Filled in while sending. */
    bool started; /* the head is in the output */
    bool chunked;
    bool no_body; /* HEAD, 204, 304 */
    bool failed;  /* the head cannot be sent as it should be: it is a 500 without a body */
    bool finished;
    uint64_t head_sent;  /* bytes */
    uint64_t body_sent;  /* bytes of the body, without framing: $body_bytes_sent */
    struct headers sent; /* as sent: $sent_http_NAME */
    struct headers sent_trailers;
};

/*
 * Of the answer to come, whatever gives it in the end: what a backend said with X-Accel-Redirect,
 * or what an error said before its page is fetched. Sent beside what the handler decides.
 */
struct carried {
    struct headers headers;
    struct str content_type; /* of a file or `return`; of a backend's answer without its own */
};

struct request {
    struct connection *conn;
    struct arena arena;
    struct walk walk; /* its way through the configuration */
    bool running;     /* inside request_run */

    struct str head_text; /* the head as received, which `head` points into */
    struct request_head head;
    bool malformed; /* there is no parsed head: only an error page can be the answer */

    bool keep_alive;
    struct request_body body;
    struct response response;
    struct carried carried;
    void *handler_state;
    const struct handler *handler; /* whose start was called last and whose cleanup is due */

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
 * Whether the request hit a limit since this was asked last: a pattern hit its own, so that nothing
 * may be decided by what was read since, or the request used more memory than it may. The log says
 * which. It may then use some more memory, for the answer and its line in the access log.
 */
bool request_hit_limit(struct request *request);
/* What it hit so far decides nothing any more; from here on it may use some more memory. */
void request_renew_limits(struct request *request);
/*
 * If it did, the request ends: answered with 500 and no error_page, which the same values could
 * decide about, or broken off where an answer has begun. Asked after each step, whatever event ran
 * it, and before anything goes to a backend. The head of an answer asks request_hit_limit itself.
 */
bool request_stop_at_limit(struct request *request);
/* Ends what the handler does; the request goes on without one. */
void request_drop_handler(struct request *request);
/* A request whose head is about to be read; freed by request_finish. Linked as conn->request. */
struct request *request_new(struct connection *conn);
/* Ends it: cleanup of the handler, log, memory. The connection goes on or closes by keep_alive. */
void request_finish(struct request *request);
/* Ends it because the connection broke: 499 or what was sent goes to the log. The caller closes the
 * connection. */
void request_abort(struct request *request);

/* Walks on until it is decided what answers, and begins that. */
void request_run(struct request *request);
/* Forgets what an answer was about to be, and walks on: an internal redirect was decided. */
void request_go_on(struct request *request);
/* An internal redirect, for `path` and `args`, or to the named location. */
void request_redirect(struct request *request, struct str path, struct str args);
void request_redirect_named(struct request *request, struct str name);

/* error_log of the request's location, with ", client: …, server: …, request: …, host: …" behind
 * the message. */
void request_log(struct request *request, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void request_vlog(struct request *request, enum log_level level, const char *fmt, va_list args);

#endif
