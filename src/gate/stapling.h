/* SPDX-License-Identifier: Apache-2.0 */
/* Renews the OCSP responses for server certificates, in the background of one thread. */
#ifndef GATE_STAPLING_H
#define GATE_STAPLING_H

#include "gate/gate.h"

struct stapling;

/* Begins. NULL: another thread does this already, or there is nothing to do. */
struct stapling *stapling_start(struct gate *gate);
/* Stops it; its handles close as the loop runs. NULL is legal. */
void stapling_stop(struct stapling *stapling);
/* Call it after stapling_stop, when the handles have closed. */
void stapling_free(struct stapling *stapling);

#endif
