/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks: where modules take part in a location's requests without answering them. */
#ifndef GATE_HOOKS_H
#define GATE_HOOKS_H

#include "gate/request.h"

/* A hook may be NULL. A location's hooks are called in the order of src/modules/list.h. */
struct hooks {
    const char *name;
    /*
     * The response head is complete: may change request->response.sent. False, with the reason
     * logged: the head cannot be sent, and the response becomes a 500.
     */
    bool (*head)(struct request *request);
    /* Changes ETag ("": none) and Last-Modified (-1: none) to the values that `head` would send
     * with a 200. */
    void (*validators)(struct request *request, struct str *etag, time_t *last_modified);
    /*
     * What is sent as the Content-Type in place of `type`, which is not empty: of the response, in
     * the head or before each part of several ranges. In the request's arena, or `type`. Called
     * after `head`, which sees the bare type, as add_header does in nginx.
     */
    struct str (*content_type)(struct request *request, struct str type);
    /* Whether `trailers` will add any. Both or neither are NULL. */
    bool (*has_trailers)(const struct request *request);
    /* The body was sent: may add to request->response.sent_trailers. */
    void (*trailers)(struct request *request);
    /* The request has ended, and its handler is gone. Called once. */
    void (*ended)(struct request *request);
};

/* Call the hooks of the request's location. Inline: each request calls them, and most have few. */

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

static inline struct str hooks_content_type(struct request *request)
{
    const struct hook_list *list = &request->walk.location->hooks.content_type;
    struct str type = request->response.content_type;
    for (size_t i = 0; type.n && i < list->n; i++) {
        type = list->items[i]->content_type(request, type);
    }
    return type;
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
