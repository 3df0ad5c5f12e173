/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one generation replaces another. Once the new configuration has served a client, the old one
 * never serves it again. The new generation serves only when the old worker no longer accepts
 * clients, or takes too long to stop. Meanwhile clients wait in the queue of the sockets, which
 * stay open.
 */
#ifndef APP_HANDOVER_H
#define APP_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "app/child.h"
#include "base/error.h"

struct handover {
    struct child
        *children;         /* all that live, and `current` and `closing` even if they have exited */
    struct child *current; /* it serves, or will when no other accepts clients; NULL: none */
    struct child *closing; /* it exited or was told to shut down, but its worker may still
                              accept clients */
    uint64_t close_by_ms;  /* when it should have stopped accepting */
    int pid_file;          /* keeps the lock (app/pid.h); -1: none yet */
    bool cancelled;
};

/*
 * Makes a ready child the current one: moves the pid file and socket paths to their places, sends
 * the older generations the new requirements for clients, and tells the one that served to shut
 * down. False: its log or pid file cannot be opened, and nothing has changed.
 */
MUST_CHECK bool handover_begin(struct handover *handover, struct child *child, struct error *err);
/*
 * Tells the current child to serve, once, if no other generation accepts clients. Does not wait for
 * a closing one that is late: a stuck process must not cause an outage.
 */
void handover_go_on(struct handover *handover);
/* When to call handover_go_on at the latest, by clock_now().mono_ms; 0: no time limit. */
uint64_t handover_due_ms(const struct handover *handover);
/* Whether the current child lives and was not told to serve yet. */
bool handover_under_way(const struct handover *handover);
/* Cancels the handover: no generation is told to serve any more, and yett waits for none. */
void handover_cancel(struct handover *handover);
/* The current child has exited by itself. If it served, its worker must stop accepting before
 * another generation may serve. */
void handover_current_ended(struct handover *handover);

/* The channels to read for the handover; -1: none. */
int handover_closing_channel(const struct handover *handover);
int handover_current_channel(const struct handover *handover);
/* Read these channels; call them when they are readable. */
void handover_hear_closing(struct handover *handover);
void handover_hear_current(struct handover *handover);

#endif
