/* SPDX-License-Identifier: Apache-2.0 */
/* A request body: read with bounded memory, then kept, passed on or dropped. */
#ifndef GATE_BODY_H
#define GATE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
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
    bool present;      /* the request has a body, perhaps an empty one */
    int64_t length;    /* as announced; -1: not known before its end */
    uint64_t received; /* of the body, decoded */
    struct buf memory; /* buffered: all of it, unless fd >= 0 */
    int fd;            /* temporary file that holds all of it, or -1 */
    struct headers trailers;
    bool dropped; /* no handler gets it: the request looks as if it had no body */
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
/* The body is not needed: reads and drops the rest, within the lingering limits, so that the
 * connection can be kept. */
void body_discard(struct request *request);
void body_deinit(struct request *request);
/* Up to `cap` bytes of a buffered body from `offset` on, from memory or file. Returns how many; 0
 * at the end; -1 on a read error. */
int64_t body_read_at(struct request *request, uint64_t offset, char *out, size_t cap);

/* --- for the protocol --- */

/* Whether more of it is to be read. */
bool body_is_wanted(const struct request *request);
/* Part of it, decoded. It may not be wanted any more afterwards. */
void body_take(struct request *request, struct str bytes);
/* All of it was taken. */
void body_complete(struct request *request);
/* The rest is not to be had: answers with the status. */
void body_fail(struct request *request, int status);
/* Stops waiting for a body that nobody needs. */
void body_give_up(struct request *request);
/* The same, when the connection is being settled already. */
void body_abandon(struct request *request);

#endif
