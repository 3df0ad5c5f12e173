/* SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"

#include <assert.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/container.h"

/* The loop slept, perhaps long: what the handlers see as "now" must be after that. */
static void refresh_clock(uv_loop_t *uv)
{
    struct loop *loop = CONTAINER_OF(uv, struct loop, uv);
    uint64_t now = uv_now(uv);
    if (now != loop->seen_ms) {
        loop->seen_ms = now;
        clock_update();
    }
}

bool loop_init(struct loop *loop, struct error *err)
{
    int code = uv_loop_init(&loop->uv);
    if (code != 0) {
        return error_set(err, "uv_loop_init() failed (%s)", uv_strerror(code));
    }
    loop->seen_ms = 0;
    return true;
}

void loop_deinit(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    int code = uv_loop_close(&loop->uv);
    assert(code == 0);
}

void loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = CONTAINER_OF(poll, struct watch, poll);
    refresh_clock(poll->loop);
    if (status < 0) {
        /* An error on the descriptor: libuv stopped watching. Reading or writing it will say why.
         */
        events = watch->armed;
        watch->armed = 0;
    }
    watch->ready(watch, events);
}

bool watch_init(struct watch *watch, struct loop *loop, int fd,
                void (*ready)(struct watch *watch, int events), struct error *err)
{
    assert(fd >= 0 && ready);
    int code = uv_poll_init(&loop->uv, &watch->poll, fd);
    if (code != 0) {
        return error_set(err, "uv_poll_init() failed (%s)", uv_strerror(code));
    }
    watch->fd = fd;
    watch->armed = 0;
    watch->ready = ready;
    watch->closed = NULL;
    return true;
}

void watch_arm(struct watch *watch, int events)
{
    if (events == watch->armed) {
        return;
    }
    assert(watch->fd >= 0); /* not closed */
    assert((events & ~(WATCH_READ | WATCH_WRITE | WATCH_HANGUP)) == 0);
    watch->armed = events;
    int code = events ? uv_poll_start(&watch->poll, events, on_poll) : uv_poll_stop(&watch->poll);
    assert(code == 0);
}

static void loop_on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = CONTAINER_OF((uv_poll_t *)handle, struct watch, poll);
    if (watch->closed) {
        watch->closed(watch);
    }
}

void watch_close(struct watch *watch, void (*closed)(struct watch *watch))
{
    assert(watch->fd >= 0); /* closed once */
    watch->closed = closed;
    watch->armed = 0;
    uv_close((uv_handle_t *)&watch->poll, loop_on_watch_closed);
    close(watch->fd);
    watch->fd = -1;
}

static void on_timer(uv_timer_t *timer)
{
    struct deadline *deadline = CONTAINER_OF(timer, struct deadline, timer);
    refresh_clock(timer->loop);
    uint64_t now = uv_now(timer->loop);
    if (deadline->at == 0) {
        return;
    }
    if (deadline->at > now) {
        uv_timer_start(timer, on_timer, deadline->at - now, 0);
        return;
    }
    deadline->at = 0;
    deadline->expired(deadline);
}

void deadline_init(struct deadline *deadline, struct loop *loop,
                   void (*expired)(struct deadline *deadline))
{
    assert(expired);
    uv_timer_init(&loop->uv, &deadline->timer);
    deadline->at = 0;
    deadline->expired = expired;
    deadline->closed = NULL;
}

void deadline_set(struct deadline *deadline, uint64_t after_ms)
{
    uv_timer_t *timer = &deadline->timer;
    uint64_t now = uv_now(timer->loop);
    deadline->at = now + (after_ms ? after_ms : 1);
    bool earlier = uv_is_active((uv_handle_t *)timer) && uv_timer_get_due_in(timer) > after_ms;
    if (earlier || !uv_is_active((uv_handle_t *)timer)) {
        uv_timer_start(timer, on_timer, after_ms, 0);
    }
}

void deadline_clear(struct deadline *deadline)
{
    deadline->at = 0;
}

static void loop_on_deadline_closed(uv_handle_t *handle)
{
    struct deadline *deadline = CONTAINER_OF((uv_timer_t *)handle, struct deadline, timer);
    if (deadline->closed) {
        deadline->closed(deadline);
    }
}

void deadline_close(struct deadline *deadline, void (*closed)(struct deadline *deadline))
{
    deadline->closed = closed;
    deadline->at = 0;
    uv_close((uv_handle_t *)&deadline->timer, loop_on_deadline_closed);
}
