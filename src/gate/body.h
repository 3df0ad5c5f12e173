/* SPDX-License-Identifier: Apache-2.0 */
/* A request body: read with bounded memory, then kept, passed on or dropped. */
#ifndef GATE_BODY_H
#define GATE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "http/chunked.h"
#include "http/framing.h"
#include "http/header.h"

struct request;

struct request_body {
    enum {
        REQUEST_BODY_UNREAD,
        REQUEST_BODY_BUFFERING, /* into memory or file, then `ready` */
        REQUEST_BODY_STREAMING, /* to `data`, then `ready` */
        REQUEST_BODY_DISCARDING,
        REQUEST_BODY_COMPLETE,
    } state;
    struct framing framing;
    struct chunked chunked;
    uint64_t left;     /* of BODY_LENGTH, still to come */
    uint64_t received; /* of the body, decoded */
    struct buf memory; /* buffered: all of it, unless fd >= 0 */
    int fd;            /* temporary file that holds all of it, or -1 */
    struct headers trailers;
    bool paused;
    bool dropped;             /* no handler gets it: the request looks as if it had no body */
    bool continue_sent;       /* 100 Continue */
    uint64_t linger_until_ms; /* while DISCARDING after the answer was sent; 0: not yet */
    void (*data)(struct request *request, struct str bytes);
    void (*ready)(struct request *request);
};

/* --- for handlers --- */

/*
 * Reads the whole body, into memory up to client_body_buffer_size, else into a temporary file; then
 * calls `ready`. A dropped body is ready at once. body_buffer and body_stream may answer 400, 408
 * or 413 themselves, and then never call back.
 */
void body_buffer(struct request *request, void (*ready)(struct request *request));
/* Passes each part to `data` as it arrives, then calls `ready`. */
void body_stream(struct request *request, void (*data)(struct request *request, struct str bytes),
                 void (*ready)(struct request *request));
/* Whether all of an unread body has arrived, and fits in memory. */
bool body_is_here(struct request *request);
void body_pause(struct request *request);
void body_resume(struct request *request);
/* The body is not needed: reads and drops the rest, within the lingering limits, so that the
 * connection can be kept. */
void body_discard(struct request *request);
void body_deinit(struct request *request);
/* Up to `cap` bytes of a buffered body from `offset` on, from memory or file. Returns how many; 0
 * at the end; -1 on a read error. */
int64_t body_read_at(struct request *request, uint64_t offset, char *out, size_t cap);

/* --- for the connection --- */

/* Takes as much of conn->input as it can. */
void body_input(struct request *request);
bool body_wants_input(const struct request *request);
/*
 * The response is sent. Whether to wait for the rest of an unneeded body, so that the connection
 * can be kept: within lingering_time, and lingering_timeout between two parts.
 */
bool body_lingers(struct request *request);
/* Stops waiting for the body. */
void body_give_up(struct request *request);

#endif
