/* SPDX-License-Identifier: Apache-2.0 */
/* The state of an exchange, for the exchange files. Private to upstream/. */
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

    struct str head;
    size_t head_sent;
    bool retry_stale;
    bool reused;
    bool told;         /* connected() was called */
    bool body_given;   /* exchange_write was called: the request is not sent twice */
    bool owes_drained; /* bytes were held back when exchange_write returned */
    bool ended;        /* exchange_end_request */
    bool tunnel_ended; /* exchange_end_tunnel */
    bool paused;
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

/* Milliseconds since the start. */
int64_t exchange_age(const struct exchange *exchange);
/* Ends the exchange and calls the handler; `text` is copied. */
void exchange_fail(struct exchange *exchange, enum exchange_failure failure, const char *text);
/* An idle connection broke before the answer began: goes on with a new one. False: not allowed. */
bool exchange_reconnect(struct exchange *exchange);
/* Calls connected(), unless it was called. False: the exchange is gone. */
bool exchange_tell_connected(struct exchange *exchange);

/* exchange_read.c: reads what has arrived. False: the exchange is over or gone. */
bool exchange_read(struct exchange *exchange);
/* Goes on with bytes read before a pause, or that wait inside TLS. False as above. */
bool exchange_read_kept(struct exchange *exchange);

#endif
