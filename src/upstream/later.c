/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to make from the loop. An idle handle costs no system call, and runs once a turn: libuv
 * would run a timer of no length that was set by its own callback again at once, and for ever.
 */
#include "upstream/later.h"

#include <assert.h>

#include "base/container.h"

static void unlink_later(struct later_queue *queue, struct later *later)
{
    assert(later->at);
    *later->at = later->next;
    if (later->next) {
        later->next->at = later->at;
    } else {
        queue->last = later->at;
    }
    later->next = NULL;
    later->at = NULL;
}

static void on_idle(uv_idle_t *idle)
{
    struct later_queue *queue = CONTAINER_OF(idle, struct later_queue, idle);
    uint64_t turn = queue->turn++;
    while (queue->first && queue->first->turn == turn) {
        struct later *later = queue->first;
        unlink_later(queue, later);
        later->run(later);
    }
    if (!queue->first) {
        uv_idle_stop(idle);
    }
}

void later_queue_init(struct later_queue *queue, struct loop *loop)
{
    uv_idle_init(&loop->uv, &queue->idle);
    queue->turn = 0;
    queue->first = NULL;
    queue->last = &queue->first;
}

static void later_on_closed(uv_handle_t *handle)
{
    struct later_queue *queue = CONTAINER_OF((uv_idle_t *)handle, struct later_queue, idle);
    queue->closed(queue);
}

void later_queue_close(struct later_queue *queue, void (*closed)(struct later_queue *queue))
{
    assert(closed);
    while (queue->first) {
        unlink_later(queue, queue->first);
    }
    queue->closed = closed;
    uv_close((uv_handle_t *)&queue->idle, later_on_closed);
}

void later_add(struct later_queue *queue, struct later *later)
{
    assert(later->run);
    if (later->at || uv_is_closing((uv_handle_t *)&queue->idle)) {
        return;
    }
    later->turn = queue->turn;
    later->at = queue->last;
    *queue->last = later;
    queue->last = &later->next;
    uv_idle_start(&queue->idle, on_idle); /* nothing when it runs already */
}

void later_cancel(struct later_queue *queue, struct later *later)
{
    if (later->at) {
        unlink_later(queue, later);
    }
}
