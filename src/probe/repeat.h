/* SPDX-License-Identifier: Apache-2.0 */
/* A command line that repeats an attempt on the running gate. */
#ifndef PROBE_REPEAT_H
#define PROBE_REPEAT_H

#include "probe/attack.h"

/* `curl` over HTTP/2, else `openssl s_client`, which sends every byte as it is. In the arena. */
struct str repeat_line(const struct attack_run *run, const struct attempt *attempt);

#endif
