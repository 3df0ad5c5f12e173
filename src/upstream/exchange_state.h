/* SPDX-License-Identifier: Apache-2.0 */
/* The state of an exchange, for the exchange files and h2_link.c. Private to upstream/. */
#ifndef UPSTREAM_EXCHANGE_STATE_H
#define UPSTREAM_EXCHANGE_STATE_H

#include "http/chunked.h"
#include "upstream/exchange.h"
#include "upstream/idle.h"
#include "upstream/later.h"
#include "upstream/link.h"

enum exchange_phase {
    EXCHANGE_CONNECTING,
    EXCHANGE_HANDSHAKE,
    EXCHANGE_WAITING, /* connected; the response header is not complete */
    EXCHANGE_BODY,
    EXCHANGE_TUNNEL, /* after 101 */
    EXCHANGE_OVER,   /* done or failed was called, or is about to be */
};

/* What its time limit is about. */
enum exchange_wait {
    EXCHANGE_WAITS_FOR_CLIENT, /* no limit */
    EXCHANGE_WAITS_TO_SEND,
    EXCHANGE_WAITS_TO_READ,
};

enum { EXCHANGE_INTERIM_MAX = 16 }; /* more 1xx responses than any client needs */

/* A 1xx response that has not been told yet. */
struct interim {
    struct response_head head;
    struct interim *next;
};

/* What only an exchange over HTTP/2 has: its stream, and what the callbacks noted about it. */
struct exchange_stream {
    struct exchange *prev, *next; /* on the same connection */
    int32_t id;                   /* 0: the request was not submitted yet */
    bool due;                     /* there is something to act on */
    bool expired;                 /* its time limit has passed */
    uint64_t since_ms;            /* when bytes of it last came or went, by the loop's clock */

    struct buf out; /* of the request's body, not framed yet */
    bool deferred;  /* nghttp2 waits for more in `out` */

    struct headers fields;    /* of the head or trailers that arrive */
    size_t fields_size;       /* as SETTINGS_MAX_HEADER_LIST_SIZE counts (RFC 9113, 6.5.2) */
    struct interim *interims; /* the oldest first */
    bool has_head;            /* exchange->answer is there */
    struct buf held;          /* the part of the body not handed on yet: one window at most */
    bool complete;            /* all of the answer has arrived */
    bool closed;              /* the stream is over, with this error code (RFC 9113, 7): */
    uint32_t code;
    bool reset_by_backend;
    const char *bad; /* the answer is malformed; or NULL */
};

struct exchange {
    struct idle_pool *pool;
    struct loop *loop;
    struct arena *arena;
    struct exchange_target target;
    const struct exchange_handler *handler;
    void *arg;
    struct link *link; /* NULL after the end, or if connecting failed at once */
    enum exchange_phase phase;
    struct later later;
    struct exchange_stream stream;

    const struct exchange_request *request;
    size_t head_sent; /* of request->head */
    bool retry_stale;
    bool reused;
    bool told;         /* connected() was called */
    bool body_given;   /* exchange_write was called: the request is not sent twice */
    bool owes_drained; /* bytes were held back when exchange_write returned */
    bool ended;        /* exchange_end_request */
    bool tunnel_ended; /* exchange_end_tunnel */
    bool paused;
    enum exchange_wait wait;
    uint64_t moved;          /* bytes both ways, when the time limit was last set */
    const char *write_error; /* writing failed; the peer may have answered before */

    struct head_scan scan;
    unsigned interim; /* 1xx answers so far */
    struct response_head answer;
    struct framing framing;
    uint64_t left; /* of a body with a length */
    struct chunked chunked;
    struct headers trailers;

    const char *early_failure; /* connecting failed inside exchange_start */
    uint64_t start_ms;
    struct exchange_stats stats;
};

/* The loop's clock, in ms. */
uint64_t exchange_now(const struct exchange *exchange);
/* Milliseconds since the start. */
int64_t exchange_age(const struct exchange *exchange);
/* Ends the exchange and calls the handler; `text` is copied. */
void exchange_fail(struct exchange *exchange, enum exchange_failure failure, const char *text);
/*
 * A kept connection broke before the answer began: goes on with a new one. `unprocessed`: the
 * backend has said that it did not look at the request. False: not allowed.
 */
bool exchange_reconnect(struct exchange *exchange, bool unprocessed);
/* Calls connected(), unless it was called. False: the exchange is gone. */
bool exchange_tell_connected(struct exchange *exchange);

/* exchange_read.c: reads what has arrived. False: the exchange is over or gone. */
bool exchange_read(struct exchange *exchange);
/* Goes on with bytes read before a pause, or that wait inside TLS. False as above. */
bool exchange_read_kept(struct exchange *exchange);

/* exchange_h2.c: the same functions as exchange.h's, for exchanges over HTTP/2. */
void exchange_h2_write(struct exchange *exchange, struct str bytes);
void exchange_h2_end(struct exchange *exchange);
void exchange_h2_resume(struct exchange *exchange);
/* Takes it off its connection, if it is on one, and frees what it holds. */
void exchange_h2_leave(struct exchange *exchange);

#endif
