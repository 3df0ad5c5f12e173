/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of one load of the configuration. It proves the configuration, hands the master what
 * must outlive it, gives up its privileges, and from then on only watches the worker it forked: a
 * worker that crashes is replaced from the settings in memory, whatever is on disk by then. It
 * never reads a byte from a client. When the master is gone, for whatever cause, worker and
 * generation finish what is in flight and end: nobody could stop or reload them any more.
 */
#ifndef APP_GENERATION_H
#define APP_GENERATION_H

#include "app/kept_staples.h"
#include "app/options.h"
#include "app/sockets.h"
#include "tls/crl_files.h"
#include "tls/sessions.h"

struct generation_start {
    const struct options *options;
    unsigned char secret[TLS_TICKET_SECRET_LEN];
    struct sockets
        *kept; /* the master's listening sockets; closed when what is needed was duplicated */
    const struct crl_floor *lists; /* what the generation before has in force */
    size_t lists_n;
    struct kept_staples *staples; /* what the generation before has stapled; taken over */
    int channel;                  /* the child's end of the channel to the master */
};

/* The process' whole life; returns its exit status. */
int generation_run(const struct generation_start *start);

#endif
