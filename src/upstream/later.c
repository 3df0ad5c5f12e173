/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to make from the loop: a timer of no length costs no system call. */
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

static void on_timer(uv_timer_t *timer)
{
    struct later_queue *queue = CONTAINER_OF(timer, struct later_queue, timer);
    while (queue->first) {
        struct later *later = queue->first;
        unlink_later(queue, later);
        later->run(later);
    }
}

void later_queue_init(struct later_queue *queue, struct loop *loop)
{
    uv_timer_init(&loop->uv, &queue->timer);
    queue->first = NULL;
    queue->last = &queue->first;
}

static void on_closed(uv_handle_t *handle)
{
    struct later_queue *queue = CONTAINER_OF((uv_timer_t *)handle, struct later_queue, timer);
    queue->closed(queue);
}

void later_queue_close(struct later_queue *queue, void (*closed)(struct later_queue *queue))
{
    while (queue->first) {
        unlink_later(queue, queue->first);
    }
    queue->closed = closed;
    uv_close((uv_handle_t *)&queue->timer, on_closed);
}

void later_add(struct later_queue *queue, struct later *later)
{
    if (later->at || uv_is_closing((uv_handle_t *)&queue->timer)) {
        return;
    }
    later->at = queue->last;
    *queue->last = later;
    queue->last = &later->next;
    if (!uv_is_active((uv_handle_t *)&queue->timer)) {
        uv_timer_start(&queue->timer, on_timer, 0, 0);
    }
}

void later_cancel(struct later_queue *queue, struct later *later)
{
    if (later->at) {
        unlink_later(queue, later);
    }
}
