/* SPDX-License-Identifier: Apache-2.0 */
#include "app/ending.h"

#include <assert.h>
#include <signal.h>

#include "base/clock.h"

enum {
    LOOK_AGAIN_MS = 500,
    WORKER_PATIENCE_MS = 5000, /* as a generation has with its worker at a stop */
};

void ending_begin(struct ending *ending, int signo, struct child *children)
{
    assert(signo == SIGTERM || signo == SIGQUIT);
    *ending = (struct ending){.signo = signo, .since_ms = clock_now().mono_ms};
    for (struct child *child = children; child; child = child->next) {
        assert(child->pid >= 0);
        child->obeys = false;
        if (child->pid) {
            kill(child->pid, signo);
        } else {
            child_signal_worker(child, signo); /* its generation has ended before */
        }
    }
}

/* Whether a generation has not heard the signal, or has no worker left and does not end. */
static bool is_late(const struct ending *ending, struct child *child)
{
    uint64_t now = clock_now().mono_ms;
    if (!child_worker_ended(child)) {
        child->alone_ms = 0;
    } else if (!child->alone_ms) {
        child->alone_ms = now;
    }
    bool has_not_heard = !child->obeys && now >= ending->since_ms + CHILD_PATIENCE_MS;
    return has_not_heard || (child->alone_ms && now >= child->alone_ms + CHILD_PATIENCE_MS);
}

void ending_go_on(struct ending *ending, struct child *children, const struct log *log)
{
    if (!ending->signo) {
        return;
    }
    bool impatient = ending->signo != SIGQUIT && !ending->killed &&
                     clock_now().mono_ms >= ending->since_ms + WORKER_PATIENCE_MS;
    for (struct child *child = children; child; child = child->next) {
        child_hear_all(child);
        if (child->pid && !child->killed_ms && is_late(ending, child)) {
            child_signal_worker(child, ending->signo);
            child_kill(child, log);
        }
        if (impatient && (!child->pid || child->killed_ms)) {
            child_signal_worker(child, SIGKILL);
        }
    }
    ending->killed = ending->killed || impatient;
}

uint64_t ending_due_ms(const struct ending *ending)
{
    return ending->signo ? clock_now().mono_ms + LOOK_AGAIN_MS : 0;
}

/* A process that the kernel does not let go, even when it is killed, is not waited for. */
static bool is_waited_for(const struct child *child)
{
    bool stays = child->killed_ms && clock_now().mono_ms >= child->killed_ms + CHILD_PATIENCE_MS;
    return (child->pid && !stays) || (child->worker >= 0 && !child_worker_ended(child));
}

bool ending_is_over(const struct ending *ending, const struct child *children)
{
    for (; children; children = children->next) {
        if (is_waited_for(children)) {
            return false;
        }
    }
    return ending->signo != 0;
}
