/* SPDX-License-Identifier: Apache-2.0 */
/* Where a module joins in on the requests of a location, besides answering them (struct handler).
 */
#ifndef GATE_HOOKS_H
#define GATE_HOOKS_H

#include "gate/request.h"

/* NULL: not there. At each point, a location's hooks are called in the order of src/modules/list.h.
 */
struct hooks {
    const char *name;
    /*
     * The head of the response is made: may change request->response.sent. False, with the reason
     * logged: it cannot be sent as it should be, and becomes a 500.
     */
    bool (*head)(struct request *request);
    /* With `head`: changes ETag ("": none) and Last-Modified (-1: none) to what that would send
     * with a 200. May be NULL. */
    void (*validators)(struct request *request, struct str *etag, time_t *last_modified);
    /* Whether `trailers` has something for the response. Both or none. */
    bool (*has_trailers)(const struct request *request);
    /* The body was sent: may add to request->response.sent_trailers. */
    void (*trailers)(struct request *request);
    /* The request has ended, its handler is gone. Called once. */
    void (*ended)(struct request *request);
};

/* Those of the request's location. Inline: most locations have few, each request asks. */

static inline bool hooks_head(struct request *request)
{
    const struct hook_list *list = &request->walk.location->hooks.head;
    bool ok = true;
    for (size_t i = 0; ok && i < list->n; i++) {
        ok = list->items[i]->head(request);
    }
    return ok;
}

static inline void hooks_validators(struct request *request, struct str *etag,
                                    time_t *last_modified)
{
    const struct hook_list *list = &request->walk.location->hooks.head;
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i]->validators) {
            list->items[i]->validators(request, etag, last_modified);
        }
    }
}

static inline bool hooks_has_trailers(const struct request *request)
{
    const struct hook_list *list = &request->walk.location->hooks.trailers;
    bool has = false;
    for (size_t i = 0; !has && i < list->n; i++) {
        has = list->items[i]->has_trailers(request);
    }
    return has;
}

static inline void hooks_trailers(struct request *request)
{
    const struct hook_list *list = &request->walk.location->hooks.trailers;
    for (size_t i = 0; i < list->n; i++) {
        list->items[i]->trailers(request);
    }
}

static inline void hooks_ended(struct request *request)
{
    const struct hook_list *list = &request->walk.location->hooks.ended;
    for (size_t i = 0; i < list->n; i++) {
        list->items[i]->ended(request);
    }
}

#endif
