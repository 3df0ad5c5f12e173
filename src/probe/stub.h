/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stand-in for the backends of a private copy: a process that answers every request on a
 * loopback port with 200 and a mark. So nothing of an attack reaches a real backend.
 */
#ifndef PROBE_STUB_H
#define PROBE_STUB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct stub {
    pid_t pid; /* 0: not running */
    uint16_t port;
};

MUST_CHECK bool stub_start(struct stub *stub, struct error *err);
void stub_stop(struct stub *stub);

#endif
