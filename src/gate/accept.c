/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/accept.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "base/container.h"
#include "gate/connection.h"

enum { PAUSE_MS = 500 }; /* as nginx: when descriptors ran out, some are probably freed soon */

/* An error of one connection concerns no other (accept(2)); without descriptors or memory it is
 * time to wait. */
static void accept_failed(struct listener_watch *listener, int errnum)
{
    struct error err;
    (void)!error_errno(&err, errnum, "accept4()");
    log_write(listener->gate->settings->log, LEVEL_CRIT, 0, "%s on %.*s", err.text,
              STR_ARG(listener->listener->text));
    if (errnum != EMFILE && errnum != ENFILE && errnum != ENOBUFS && errnum != ENOMEM) {
        return;
    }
    watch_arm(&listener->watch, 0);
    deadline_set(&listener->pause, PAUSE_MS);
}

void accept_resume(struct deadline *deadline)
{
    watch_arm(&CONTAINER_OF(deadline, struct listener_watch, pause)->watch, WATCH_READ);
}

/* One connection a call: level-triggered watching lets the other threads have the next. */
void accept_ready(struct watch *watch, int events)
{
    (void)events;
    struct listener_watch *listener = CONTAINER_OF(watch, struct listener_watch, watch);
    struct gate *gate = listener->gate;
    assert(!gate->quitting && !gate->reading); /* an event of the loop, and none when it ends */
    struct address peer;
    int fd, errnum;
    switch (socket_accept(watch->fd, &fd, &peer, &errnum)) {
    case IO_DONE: break;
    case IO_FAILED: accept_failed(listener, errnum); return;
    default: return;
    }
    if (gate->connections_n >= gate->settings->connections && !gate_close_spare(gate)) {
        log_write(gate->settings->log, LEVEL_ALERT, 0, "%llu worker_connections are not enough",
                  (unsigned long long)gate->settings->connections);
        close(fd);
        return;
    }
    connection_accept(gate, listener->listener, fd, &peer);
}
