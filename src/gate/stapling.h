/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the staples of our certificates fresh, in the background of one thread. */
#ifndef GATE_STAPLING_H
#define GATE_STAPLING_H

#include "gate/gate.h"

struct stapling;

/* Begins, unless another thread's gate has, or there is nothing to do: NULL. */
struct stapling *stapling_start(struct gate *gate);
/* Ends what is under way; its handles close as the loop runs. NULL is legal. */
void stapling_stop(struct stapling *stapling);
/* After that. */
void stapling_free(struct stapling *stapling);

#endif
