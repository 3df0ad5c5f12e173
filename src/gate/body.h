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
    int64_t length;    /* as announced; -1: not known before the end */
    uint64_t received; /* bytes of the body, decoded */
    struct buf memory; /* the buffered body, unless fd >= 0 */
    int fd;            /* temporary file with the buffered body, or -1 */
    struct headers trailers;
    bool dropped; /* handlers see a request without a body */
    void (*data)(struct request *request, struct str bytes);
    void (*ready)(struct request *request);
};

/* --- for handlers --- */

/*
 * Reads the whole body into memory, or into a temporary file if it is larger than
 * client_body_buffer_size, then calls `ready`. A dropped body is ready at once. body_buffer and
 * body_stream may answer 400, 408 or 413 themselves; then they call nothing.
 */
void body_buffer(struct request *request, void (*ready)(struct request *request));
/* Passes each part to `data` as it arrives, then calls `ready`. */
void body_stream(struct request *request, void (*data)(struct request *request, struct str bytes),
                 void (*ready)(struct request *request));
/* Whether all of an unread body has arrived, and fits in memory. */
bool body_is_here(struct request *request);
/* Reads and drops the rest of a body that is not needed, within the lingering limits, so that the
 * connection can be kept. */
void body_discard(struct request *request);
void body_deinit(struct request *request);
/* Reads up to `cap` bytes of a buffered body from `offset` on. Returns their number; 0: the end;
 * -1: a read error. */
int64_t body_read_at(struct request *request, uint64_t offset, char *out, size_t cap);

/* --- for the protocol --- */

/* Whether to read more of the body. */
bool body_is_wanted(const struct request *request);
/* Takes a decoded part of the body. Afterwards the rest may not be wanted any more. */
void body_take(struct request *request, struct str bytes);
/* The whole body was taken. */
void body_complete(struct request *request);
/* The rest cannot be read: answers with the status. */
void body_fail(struct request *request, int status);
/* Stops waiting for a body that is not needed. */
void body_give_up(struct request *request);
/* The same, while the connection is being settled. */
void body_abandon(struct request *request);

#endif
