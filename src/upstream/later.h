/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that the loop makes soon, because the present caller does not expect them. */
#ifndef UPSTREAM_LATER_H
#define UPSTREAM_LATER_H

#include <uv.h>

#include "net/loop.h"

/* Part of the object to call. Set `run`, zero the rest. */
struct later {
    void (*run)(struct later *later);
    struct later *next;
    struct later **at; /* the pointer to this; NULL: not queued */
    uint64_t turn;     /* the queue's, when it was added */
};

struct later_queue {
    uv_idle_t idle;
    uint64_t turn;
    struct later *first;
    struct later **last;
    void (*closed)(struct later_queue *queue);
};

void later_queue_init(struct later_queue *queue, struct loop *loop);
/* Forgets queued calls; calls `closed` when the memory may be freed. */
void later_queue_close(struct later_queue *queue, void (*closed)(struct later_queue *queue));

/*
 * Queues a call, which is made once before the loop sleeps, in the order of adding. Does nothing if
 * it is queued already. Calls that a call adds wait until the loop has handled all else.
 */
void later_add(struct later_queue *queue, struct later *later);
void later_cancel(struct later_queue *queue, struct later *later);

#endif
