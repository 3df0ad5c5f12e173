/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to make from the loop, soon, instead of from inside a caller that does not expect them. */
#ifndef UPSTREAM_LATER_H
#define UPSTREAM_LATER_H

#include <uv.h>

#include "net/loop.h"

/* Part of the object to call. Zeroed but for `run` is valid. */
struct later {
    void (*run)(struct later *later);
    struct later *next;
    struct later **at; /* what points here; NULL: not queued */
    uint64_t turn;     /* of the queue, when it was added */
};

struct later_queue {
    uv_idle_t idle;
    uint64_t turn;
    struct later *first;
    struct later **last;
    void (*closed)(struct later_queue *queue);
};

void later_queue_init(struct later_queue *queue, struct loop *loop);
/* Forgets what is queued; `closed` is called when the memory may go. */
void later_queue_close(struct later_queue *queue, void (*closed)(struct later_queue *queue));

/*
 * Before the loop sleeps again, once, in the order of adding. Nothing when it is queued already.
 * What a call adds has its turn when everything else in the loop had one.
 */
void later_add(struct later_queue *queue, struct later *later);
void later_cancel(struct later_queue *queue, struct later *later);

#endif
