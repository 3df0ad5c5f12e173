/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process for one load of the configuration. It loads the configuration, hands the master the
 * sockets and files that must outlive it, drops its privileges, and forks the worker. From then on
 * it watches the worker and the CRL files. If the worker crashes, it forks another from the
 * settings in memory, even if the files have changed. It never reads a byte from a client. If the
 * master is gone, worker and generation finish the requests in flight and exit, because no process
 * could stop or reload them any more.
 */
#ifndef APP_GENERATION_H
#define APP_GENERATION_H

#include "app/kept_staples.h"
#include "app/sockets.h"
#include "load/options.h"
#include "tls/crl_files.h"
#include "tls/sessions.h"

struct generation_start {
    const struct options *options;
    unsigned char secret[TLS_TICKET_SECRET_LEN];
    struct sockets
        *kept; /* the master's listening sockets; closed after those needed are duplicated */
    const struct crl_floor *lists; /* the CRLs that the previous generation uses */
    size_t lists_n;
    struct kept_staples *staples; /* the OCSP responses of the previous generation; taken over */
    int channel;                  /* the child's end of the channel to the master */
};

/* Runs the process to its end; returns its exit status. */
int generation_run(const struct generation_start *start);

#endif
