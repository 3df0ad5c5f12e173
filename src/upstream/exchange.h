/* SPDX-License-Identifier: Apache-2.0 */
/* One exchange with a peer: connect (or take an idle connection), TLS, send a request, read the
 * answer. */
#ifndef UPSTREAM_EXCHANGE_H
#define UPSTREAM_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/framing.h"
#include "http/response_head.h"
#include "net/loop.h"
#include "tls/client.h"
#include "upstream/group.h"

/* One thread's connections to backends that a request may take. */
struct idle_pool;
struct idle_pool *idle_pool_new(struct loop *loop);
/* Closes all of them, and later those that come back. */
void idle_pool_close(struct idle_pool *pool);
void idle_pool_free(struct idle_pool *pool);

enum exchange_failure {
    EXCHANGE_CONNECT, /* refused, unreachable, TLS failed, or the certificate was rejected */
    EXCHANGE_TIMEOUT, /* connecting, sending or waiting took too long */
    EXCHANGE_CLOSED,  /* the peer closed or reset the connection before the header was complete */
    EXCHANGE_RESET,   /* over HTTP/2: the peer ended this exchange only (RST_STREAM) */
    EXCHANGE_REFUSED, /* the same, and said that it has not processed the request (RFC 9113, 8.7) */
    EXCHANGE_INVALID_HEADER, /* the header is malformed or too large */
    EXCHANGE_BROKEN_BODY,    /* the header was passed on, then the body ended early */
};

/* The callbacks of an exchange. failed() or done() is the last. */
struct exchange_handler {
    /* The connection is up (`reused`: it was there before); the header is being sent. */
    void (*connected)(void *arg, bool reused);
    /* All bytes of exchange_write have left: more may follow. */
    void (*drained)(void *arg);
    /* A 1xx response other than 101, before head(). Borrowed for the call. NULL: they are dropped.
     */
    void (*informational)(void *arg, const struct response_head *head);
    /* The header of the response, borrowed until done() or failed(). */
    void (*head)(void *arg, const struct response_head *head, const struct framing *framing);
    /* Bytes of the body, decoded from chunks, or of the tunnel. Borrowed for the call. */
    void (*data)(void *arg, struct str bytes);
    /* The answer is complete. The connection returns to the pool if both sides allow it. */
    void (*done)(void *arg, const struct headers *trailers);
    void (*failed)(void *arg, enum exchange_failure failure, const char *text);
};

struct exchange_timeouts {
    uint64_t connect_ms;
    uint64_t send_ms;
    uint64_t read_ms;
};

struct exchange_target {
    const struct peer *peer;
    const struct upstream_group *group; /* for its keepalive* settings */
    const struct address *local;        /* proxy_bind, or NULL */
    struct tls_client *tls;             /* NULL: clear text */
    struct tls_connect tls_connect;
    struct exchange_timeouts timeouts;
    size_t head_max;    /* proxy_buffer_size: a larger response header is EXCHANGE_INVALID_HEADER */
    size_t read_size;   /* bytes read at once */
    enum method method; /* for the answer's framing */
    bool keep_alive;    /* the request allows the connection to be kept */
    bool socket_keepalive; /* SO_KEEPALIVE */
    bool upgrade;          /* the request asks for another protocol: 101 may be the answer */
    bool http2;            /* over TLS by ALPN, else by prior knowledge (RFC 9113, 3.3) */
};

/* A request, in the form that the backend's protocol needs. */
struct exchange_request {
    struct str head; /* HTTP/1: request line and headers with the empty line */
    /* HTTP/2: Host becomes :authority; headers about one connection are left out. */
    struct str method;
    struct str path; /* with arguments */
    struct headers fields;
};

struct exchange;

/* Counters for $upstream_* variables. Times are ms since the start, by the loop's clock; -1: not
 * reached. */
struct exchange_stats {
    int64_t connect_ms;
    int64_t header_ms;
    int64_t response_ms;
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t body_received;
};

/*
 * Starts. `request` is borrowed until exchange_free. If the peer closed a kept connection before
 * any byte of the response, silently uses a new one, unless body bytes were written or
 * `retry_stale` forbids to send the request twice. So it does with a request that an HTTP/2 backend
 * refused unprocessed, whatever `retry_stale` says. Never calls the handler before it returns.
 */
struct exchange *exchange_start(struct idle_pool *pool, struct loop *loop, struct arena *arena,
                                const struct exchange_target *target,
                                const struct exchange_request *request, bool retry_stale,
                                const struct exchange_handler *handler, void *arg);

/* Sends framed bytes of the body (over HTTP/1 the caller writes chunk headers). Copies those that
 * cannot leave at once. */
void exchange_write(struct exchange *exchange, struct str bytes);
/* Bytes given but not yet with the kernel; over HTTP/2, not framed yet. The caller stops at a bound
 * and waits for drained(). */
size_t exchange_unsent(const struct exchange *exchange);
/* The request is complete: the connection may be kept from now on. */
void exchange_end_request(struct exchange *exchange);

/* In a tunnel, after 101: nothing more will be written. The peer sees the end of the connection's
 * input when what was given has left, and may go on sending. */
void exchange_end_tunnel(struct exchange *exchange);

/* Stops and resumes reading the answer, to limit memory for slow clients. */
void exchange_pause(struct exchange *exchange);
void exchange_resume(struct exchange *exchange);

/* If the answer is incomplete and `ends`, response_ms is the time so far. */
struct exchange_stats exchange_stats(const struct exchange *exchange, bool ends);

/* Ends it at any time, without calling the handler; unless the exchange was done, closes its
 * connection, or over HTTP/2 resets its stream. Call it once for each start. */
void exchange_free(struct exchange *exchange);

#endif
