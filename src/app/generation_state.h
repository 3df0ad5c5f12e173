/* SPDX-License-Identifier: Apache-2.0 */
/* What a generation process knows, for the files that it is made of. */
#ifndef APP_GENERATION_STATE_H
#define APP_GENERATION_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/channel.h"
#include "app/crl_watch.h"
#include "app/generation.h"
#include "app/kept_staples.h"
#include "app/sockets.h"
#include "base/clock.h"
#include "base/privileges.h"
#include "load/settings_load.h"

struct generation {
    const struct generation_start *start;
    struct loaded loaded;
    struct main_settings main;
    struct privileges privileges;
    struct sockets sockets;
    int *listening; /* descriptors of `sockets`, as the worker wants them */
    int master;     /* end of the channel to the master; -1: the master is gone */
    int signals;
    struct crl_watch lists;
    struct kept_staples staples; /* for the worker that is forked next, and the next generation */

    pid_t worker; /* 0: none */
    struct channel to_worker;
    uint64_t worker_since_ms;
    uint64_t restart_at_ms; /* 0: no restart is due */
    uint64_t kill_at_ms;    /* 0: not stopping at once */
    bool serves;            /* the master said so */
    bool ending;
};

static inline uint64_t generation_now_ms(void)
{
    clock_update();
    return clock_now().mono_ms;
}

#endif
