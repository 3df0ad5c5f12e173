/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop of a thread, with its watched descriptors and deadlines (libuv). */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/compiler.h"
#include "base/error.h"

struct loop {
    uv_loop_t uv;
    uint64_t seen_ms; /* libuv's time when the thread's clock was last read */
};

MUST_CHECK bool loop_init(struct loop *loop, struct error *err);
/* Close all watches and deadlines first. Runs the loop once more so that libuv can finish. */
void loop_deinit(struct loop *loop);
/* Runs until nothing is watched any more. */
void loop_run(struct loop *loop);

enum {
    WATCH_READ = UV_READABLE,
    WATCH_WRITE = UV_WRITABLE,
    WATCH_HANGUP = UV_DISCONNECT, /* the peer closed its side; input before it may be unread */
};

/* A descriptor in the loop. Level-triggered: calls again while the condition holds. */
struct watch {
    uv_poll_t poll;
    int fd;
    int armed; /* WATCH_READ | WATCH_WRITE | WATCH_HANGUP */
    void (*ready)(struct watch *watch, int events);
    void (*closed)(struct watch *watch);
};

MUST_CHECK bool watch_init(struct watch *watch, struct loop *loop, int fd,
                           void (*ready)(struct watch *watch, int events), struct error *err);
/* Waits for exactly these events (0: none). Costs nothing if they are unchanged. */
void watch_arm(struct watch *watch, int events);
/* Stops, closes the descriptor; the loop calls `closed` later, when the memory may be freed. */
void watch_close(struct watch *watch, void (*closed)(struct watch *watch));

/*
 * A time after which `expired` is called once. Moving it to a later time costs nothing: the timer
 * fires at the old time and re-arms itself. The resolution is a millisecond of the loop's clock.
 */
struct deadline {
    uv_timer_t timer;
    uint64_t at; /* loop time in ms; 0: none */
    void (*expired)(struct deadline *deadline);
    void (*closed)(struct deadline *deadline);
};

void deadline_init(struct deadline *deadline, struct loop *loop,
                   void (*expired)(struct deadline *deadline));
void deadline_set(struct deadline *deadline, uint64_t after_ms);
void deadline_clear(struct deadline *deadline);
void deadline_close(struct deadline *deadline, void (*closed)(struct deadline *deadline));

#endif
