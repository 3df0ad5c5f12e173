/* SPDX-License-Identifier: Apache-2.0 */
/* One thread's event loop, the descriptors it watches and its deadlines (libuv). */
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
/* All watches and deadlines must be closed before; runs the loop once more to let libuv finish. */
void loop_deinit(struct loop *loop);
/* Until nothing is watched any more. */
void loop_run(struct loop *loop);

enum {
    WATCH_READ = UV_READABLE,
    WATCH_WRITE = UV_WRITABLE,
    WATCH_HANGUP = UV_DISCONNECT, /* the peer closed its side, behind input that stays unread */
};

/* A descriptor in the loop. Level-triggered: it calls again while the condition holds. */
struct watch {
    uv_poll_t poll;
    int fd;
    int armed; /* WATCH_READ | WATCH_WRITE | WATCH_HANGUP */
    void (*ready)(struct watch *watch, int events);
    void (*closed)(struct watch *watch);
};

MUST_CHECK bool watch_init(struct watch *watch, struct loop *loop, int fd,
                           void (*ready)(struct watch *watch, int events), struct error *err);
/* Wait for exactly these events (0: none). Costs nothing when they are already what is waited for.
 */
void watch_arm(struct watch *watch, int events);
/* Stops, closes the descriptor, and calls `closed` later from the loop, when the memory may go. */
void watch_close(struct watch *watch, void (*closed)(struct watch *watch));

/*
 * A point in time after which `expired` is called once. Moving it later is free: the timer fires at
 * the old time and re-arms itself. Resolution is a millisecond of the loop's clock.
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
