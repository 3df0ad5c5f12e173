/* SPDX-License-Identifier: Apache-2.0 */
/* One exchange with one peer: connect (or take an idle connection), TLS, send a request, read its
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

/* One thread's idle connections to backends. */
struct idle_pool;
struct idle_pool *idle_pool_new(struct loop *loop);
/* Closes them all; more that come back are closed at once. */
void idle_pool_close(struct idle_pool *pool);
void idle_pool_free(struct idle_pool *pool);

enum exchange_failure {
    EXCHANGE_CONNECT, /* refused, unreachable, or TLS failed or did not verify */
    EXCHANGE_TIMEOUT, /* connecting, sending or waiting took too long */
    EXCHANGE_CLOSED,  /* the peer closed or reset the connection before the header was complete */
    EXCHANGE_INVALID_HEADER, /* the header is malformed or too large */
    EXCHANGE_BROKEN_BODY,    /* the header was passed on, then the body ended early */
};

/* The callbacks of an exchange. After failed() or done() no more calls
 * come. */
struct exchange_handler {
    /* The connection is up (`reused`: it was idle before), and the header is being sent. */
    void (*connected)(void *arg, bool reused);
    /* Everything given with exchange_write has left: more may be given. */
    void (*drained)(void *arg);
    /*
     * The header of the response; 1xx responses other than 101 are dropped. Borrowed until
     * done/failed.
     */
    void (*head)(void *arg, const struct response_head *head, const struct framing *framing);
    /* Bytes of the body, decoded from chunks; of an upgraded connection, anything. Borrowed for the
     * call. */
    void (*data)(void *arg, struct str bytes);
    /* The answer is complete. The connection goes back to the pool when both sides allow it. */
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
    const struct upstream_group *group; /* its keepalive* settings; */
    const struct address *local;        /* proxy_bind, or NULL */
    struct tls_client *tls;             /* NULL: in the clear */
    struct tls_connect tls_connect;
    struct exchange_timeouts timeouts;
    size_t head_max;    /* proxy_buffer_size: a larger response header is EXCHANGE_INVALID_HEADER */
    size_t read_size;   /* bytes read at once */
    enum method method; /* for the answer's framing */
    bool keep_alive;    /* the request as sent allows the connection to be kept */
    bool socket_keepalive; /* SO_KEEPALIVE */
    bool upgrade;          /* the request asks for another protocol: 101 is an answer to it */
};

struct exchange;

/* Counters for $upstream_* variables. Times are ms of the loop's clock from the start; -1 not
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
 * Starts. `head` (request line and headers with the empty line) is borrowed until exchange_free. If
 * an idle connection was closed before any byte of the response, a new one replaces it silently, if
 * `retry_stale` says that the request may be sent twice and no body bytes were written. Never calls
 * the handler before it returns.
 */
struct exchange *exchange_start(struct idle_pool *pool, struct loop *loop, struct arena *arena,
                                const struct exchange_target *target, struct str head,
                                bool retry_stale, const struct exchange_handler *handler,
                                void *arg);

/* Body bytes, already framed (chunk heads are the caller's); copied when they cannot leave at once.
 */
void exchange_write(struct exchange *exchange, struct str bytes);
/* Bytes given but not yet with the kernel: for the caller to stop at a bound and wait for
 * drained(). */
size_t exchange_unsent(const struct exchange *exchange);
/* The request is complete: only from now on may the connection be kept. */
void exchange_end_request(struct exchange *exchange);

/* Stops and resumes reading the answer: the bound on memory when the client is slow. */
void exchange_pause(struct exchange *exchange);
void exchange_resume(struct exchange *exchange);

/* response_ms is so far what has gone by, when the answer is not complete and `ends`. */
struct exchange_stats exchange_stats(const struct exchange *exchange, bool ends);

/* Ends it at any time, without calling the handler; the connection is closed unless it was done.
 * Must be called once for each start. */
void exchange_free(struct exchange *exchange);

#endif
