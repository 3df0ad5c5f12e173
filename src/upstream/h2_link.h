/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 on one connection to a backend (RFC 9113): many exchanges, each on a stream of its own.
 * nghttp2 reads and writes the frames; its callbacks only take notes (struct exchange_stream), and
 * what was noted is acted on when it has returned. Private to upstream/.
 */
#ifndef UPSTREAM_H2_LINK_H
#define UPSTREAM_H2_LINK_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "upstream/exchange_state.h"

/*
 * A connection belongs to its exchanges while there are any. With room for one more it is also in
 * the pool's list of connections to share; without exchanges, in the list of idle ones.
 */
struct h2_link {
    nghttp2_session *ng;
    struct link *link;
    struct later later;
    struct exchange *first, *last; /* the oldest first */
    struct exchange *cursor;       /* the next one to look at, in h2_link_settle */
    size_t n;
    bool settling;
    bool has_settings; /* the backend has said how many streams it allows */
    bool unread;       /* a turn's share was read, and more may wait inside TLS */
    bool worn;         /* takes no more exchanges, and ends with the last that it has */
    bool doubted;      /* an exchange's time passed without a byte: a PING asks whether it lives */
    bool broken;       /* the connection is over; `why` says why */
    uint64_t sent_ms;  /* when the kernel last took bytes; the loop's clock */
    uint64_t heard_ms; /* when the backend last sent any */
    struct error why;  /* a sentence without the phase */
    int invalid;       /* what nghttp2 found wrong with the last frame it refused, or 0 */
    uint32_t goaway;   /* the error code of the backend's GOAWAY, or 0 */
};

/* Begins HTTP/2 on a connection that is up. Never fails. */
struct h2_link *h2_link_new(struct link *link);
void h2_link_free(struct h2_link *h2);

/* Whether one more exchange may begin now. */
bool h2_link_has_room(const struct h2_link *h2);
/* The exchange is on this connection from here on. Its request leaves from the loop. */
void h2_link_add(struct h2_link *h2, struct exchange *exchange);
/* The exchange leaves. If its stream is not over, the backend is told (CANCEL). */
void h2_link_remove(struct h2_link *h2, struct exchange *exchange);
/* There is something to do: looks at all exchanges with `due`, and sends, before the loop sleeps.
 */
void h2_link_wake(struct h2_link *h2);
/* The connection is about to be closed: writes GOAWAY if it can be written at once. */
void h2_link_goodbye(struct h2_link *h2);

/* Events of the connection, with or without exchanges. */
void h2_link_ready(struct h2_link *h2, int events);
void h2_link_expired(struct h2_link *h2);

/* exchange_h2.c: the request of an exchange, for nghttp2. False: no stream can be opened. */
bool exchange_h2_submit(struct exchange *exchange, nghttp2_session *ng);
/* Acts on the notes about an exchange, calling its handler. It may be over or gone then. */
void exchange_h2_run(struct exchange *exchange, struct h2_link *h2);
/* When the time of what it waits for passes, by the loop's clock in ms; 0: never. */
uint64_t exchange_h2_limit(const struct exchange *exchange, const struct h2_link *h2);
/* The callbacks for nghttp2, whose argument is the struct h2_link. The caller frees them. */
nghttp2_session_callbacks *exchange_h2_callbacks(void);

#endif
