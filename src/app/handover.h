/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one generation takes the place of another: a client that has met the new rules never meets
 * the old ones again. The new one serves only when the worker of the one before accepts no more, or
 * is too late with that; meanwhile clients wait in the queue of the sockets, which stay open.
 */
#ifndef APP_HANDOVER_H
#define APP_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "app/child.h"
#include "base/error.h"

struct handover {
    struct child *children; /* all that live, and of the ended ones those below */
    struct child *current;  /* the one that serves, or will once nobody else accepts; NULL: none */
    struct child *closing;  /* ended or told to finish, and its worker may still accept clients */
    uint64_t close_by_ms;   /* it should have closed */
    bool cancelled;
};

/*
 * A child that is ready becomes the current one: pid file and socket paths are where it wants them,
 * those before it learn what is demanded of clients now, and the one that served is told to finish.
 * False: its log or its pid file cannot be had, and nothing has changed.
 */
MUST_CHECK bool handover_begin(struct handover *handover, struct child *child, struct error *err);
/*
 * Tells the current one to serve, once, if nobody else accepts. A closing one that is late is given
 * up first: a stuck process must not become an outage.
 */
void handover_go_on(struct handover *handover);
/* When to go on at the latest, by clock_now().mono_ms; 0: nothing happens by the clock. */
uint64_t handover_due_ms(const struct handover *handover);
/* Whether the current one, which lives, was not told to serve yet. */
bool handover_under_way(const struct handover *handover);
/* Nobody shall serve any more, so nobody is waited for. */
void handover_cancel(struct handover *handover);
/* The current one's process ended by itself. If it served, its worker has to close first. */
void handover_current_ended(struct handover *handover);

/* The channels on which something may be said that counts here; -1: none. */
int handover_closing_channel(const struct handover *handover);
int handover_current_channel(const struct handover *handover);
/* What is said there, when something can be read. */
void handover_hear_closing(struct handover *handover);
void handover_hear_current(struct handover *handover);

#endif
