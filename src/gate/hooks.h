/* SPDX-License-Identifier: Apache-2.0 */
/* Where a module joins in on the requests of a location, besides answering them (struct handler).
 */
#ifndef GATE_HOOKS_H
#define GATE_HOOKS_H

#include <stdbool.h>
#include <time.h>

#include "base/str.h"

struct request;

/* NULL: not there. The hooks of a location are called in the order of src/modules/list.h. */
struct hooks {
    const char *name;
    /*
     * The head of the response is made: may change request->response.sent. False, with the reason
     * logged: it cannot be sent as it should be, and becomes a 500.
     */
    bool (*head)(struct request *request);
    /* Changes ETag ("": none) and Last-Modified (-1: none) to what `head` would send with a 200. */
    void (*validators)(struct request *request, struct str *etag, time_t *last_modified);
    /* Whether `trailers` has something for the response. */
    bool (*has_trailers)(const struct request *request);
    /* The body was sent: may add to request->response.sent_trailers. */
    void (*trailers)(struct request *request);
    /* The request has ended, its handler is gone. Called once. */
    void (*ended)(struct request *request);
};

/* Those of the request's location. */
bool hooks_head(struct request *request);
void hooks_validators(struct request *request, struct str *etag, time_t *last_modified);
bool hooks_has_trailers(const struct request *request);
void hooks_trailers(struct request *request);
void hooks_ended(struct request *request);

#endif
