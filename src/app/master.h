/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first process: it keeps the listening sockets, the pid file and its privileges, and starts a
 * generation for each load. It handles no TLS, no certificate and no byte from a client.
 */
#ifndef APP_MASTER_H
#define APP_MASTER_H

#include "load/options.h"

/* Runs the process to its end; returns the exit status. Failures are reported on standard error. */
int master_run(const struct options *options);

#endif
