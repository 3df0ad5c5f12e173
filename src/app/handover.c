/* SPDX-License-Identifier: Apache-2.0 */
#include "app/handover.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/channel.h"
#include "app/logs.h"
#include "app/pid.h"
#include "app/sockets.h"
#include "base/clock.h"

enum { CLOSE_PATIENCE_MS = CHILD_PATIENCE_MS }; /* who still accepts by then is not waited for */

/* --- from one to the next --- */

/* The pid file is where the configuration that serves says. */
static bool move_pid(struct handover *handover, const struct child *now, struct error *err)
{
    const struct child *old = handover->current;
    const char *path = now->settings.pid_path;
    if (old && strcmp(old->settings.pid_path, path) == 0) {
        return true;
    }
    int fd = pid_write(path, err);
    if (fd < 0) {
        return false;
    }
    if (old) {
        pid_remove(old->settings.pid_path, handover->pid_file);
    }
    channel_close_end(&handover->pid_file);
    handover->pid_file = fd;
    return true;
}

/* To all that carry connections made under earlier configurations, however early. */
static void spread_demands(const struct handover *handover)
{
    struct child *now = handover->current;
    for (const struct child *child = handover->children; child; child = child->next) {
        if (child != now && now->demands >= 0) {
            (void)child_tell(child, CHANNEL_DEMANDS, now->demands);
        }
    }
    channel_close_end(&now->demands);
}

static void wait_for_closing(struct handover *handover, struct child *child)
{
    assert(handover->current && !handover->closing); /* who serves has waited for the one before */
    handover->closing = child;
    handover->close_by_ms = clock_now().mono_ms + CLOSE_PATIENCE_MS;
}

static void handover_retire(struct handover *handover, struct child *old)
{
    assert(old != handover->current); /* its sockets are freed */
    sockets_unlink(&old->sockets, &handover->current->sockets);
    sockets_deinit(&old->sockets);
    if (old->pid) {
        kill(old->pid, SIGQUIT);
        wait_for_closing(handover, old);
    } else if (old != handover->closing) {
        children_remove(&handover->children, old);
    }
}

bool handover_begin(struct handover *handover, struct child *child, struct error *err)
{
    struct child *old = handover->current;
    if (!child->settings.complete) {
        return error_set(err, "generation process %d did not send all of its settings",
                         (int)child->pid);
    }
    if (!logs_open(child->settings.log, err) || !move_pid(handover, child, err)) {
        return false;
    }
    assert(child->pid > 0 && !child->serves);
    handover->current = child;
    spread_demands(handover);
    if (old) {
        handover_retire(handover, old);
    }
    return true;
}

/* --- once no other worker accepts --- */

/* It accepts no more, or is not waited for any longer. */
static void closing_done(struct handover *handover)
{
    struct child *child = handover->closing;
    assert(child);
    handover->closing = NULL;
    if (!child->pid && child != handover->current) {
        children_remove(&handover->children, child);
    }
}

/*
 * A generation that is stuck has not told its worker, which would go on to accept. Without a
 * generation it stops by itself, and gets the time for it.
 */
static bool end_stuck(struct handover *handover)
{
    struct child *child = handover->closing;
    if (!child->pid || child->obeys || child->killed_ms) {
        return false;
    }
    child_kill(child, handover->current->settings.log);
    handover->close_by_ms += CLOSE_PATIENCE_MS;
    return true;
}

static void give_up_late(struct handover *handover)
{
    if (handover->closing && clock_now().mono_ms >= handover->close_by_ms && !end_stuck(handover)) {
        log_write(handover->current->settings.log, LEVEL_ALERT, 0,
                  "the previous generation did not stop accepting clients within %d seconds: "
                  "continuing without it",
                  CLOSE_PATIENCE_MS / 1000);
        closing_done(handover);
    }
}

bool handover_under_way(const struct handover *handover)
{
    const struct child *child = handover->current;
    return child && child->pid && !child->serves;
}

void handover_go_on(struct handover *handover)
{
    give_up_late(handover);
    if (!handover_under_way(handover) || handover->closing || handover->cancelled) {
        return;
    }
    struct child *child = handover->current;
    child->serves = true;
    child->since_ms = clock_now().mono_ms;
    if (child_tell(child, CHANNEL_SERVE, -1)) {
        log_write(child->settings.log, LEVEL_NOTICE, 0, "generation process %d serves",
                  (int)child->pid);
    }
}

uint64_t handover_due_ms(const struct handover *handover)
{
    return handover->closing ? handover->close_by_ms : 0;
}

void handover_cancel(struct handover *handover)
{
    handover->cancelled = true;
    handover->closing = NULL;
}

void handover_current_ended(struct handover *handover)
{
    struct child *child = handover->current;
    assert(child->pid > 0); /* it ends once */
    child->pid = 0;
    if (child->serves) {
        wait_for_closing(handover, child);
    }
}

/* --- what they say --- */

int handover_closing_channel(const struct handover *handover)
{
    return handover->closing ? handover->closing->channel : -1;
}

void handover_hear_closing(struct handover *handover)
{
    struct error err;
    struct child *child = handover->closing;
    enum io io = child_hear(child, &err);
    if (io == IO_FAILED) {
        log_write(child->settings.log, LEVEL_ALERT, 0, "%s", err.text);
    }
    if (child->closed || io == IO_CLOSED || io == IO_FAILED) {
        closing_done(handover);
    }
}

/* Of the one that serves only: what another generation said last is said again by the next. */
int handover_current_channel(const struct handover *handover)
{
    const struct child *child = handover->current;
    return child && child->pid && child->serves && !child->closed ? child->channel : -1;
}

/* Its end is a signal, and what is wrong with it shows when it is told something. */
void handover_hear_current(struct handover *handover)
{
    child_hear_all(handover->current);
}
