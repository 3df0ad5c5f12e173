/* SPDX-License-Identifier: Apache-2.0 */
/* How a generation looks after its worker: starts it, replaces it, and speaks with it. */
#ifndef APP_GENERATION_WORKER_H
#define APP_GENERATION_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "app/channel.h"
#include "app/generation_state.h"
#include "base/compiler.h"
#include "base/error.h"

/* Forks a worker, waits until it is ready, and says so to the master. */
MUST_CHECK bool generation_start_worker(struct generation *generation, struct error *err);
/* When the worker ended: sets restart_at_ms. */
void generation_schedule_restart(struct generation *generation);
/* At restart_at_ms. If it fails, it is scheduled anew. */
void generation_restart_worker(struct generation *generation);

/* Sends the signal, if there is a worker. */
void generation_tell_worker(struct generation *generation, int signo);
/* Sends the message; `fd` stays the caller's. */
void generation_send_to_worker(const struct generation *generation, enum channel_kind kind, int fd);
/* Takes the messages that have come. */
void generation_take_from_worker(struct generation *generation);

/* Sends the master the CRLs in force of the i-th ssl_crl. */
MUST_CHECK bool generation_send_crls_up(const struct generation *generation, size_t i,
                                        struct error *err);
/* As crl_watch calls it: new CRLs go to the master and the worker. False: the worker has not got
 * them. */
bool generation_on_crls(void *arg, size_t i, int image);

#endif
