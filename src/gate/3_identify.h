/* SPDX-License-Identifier: Apache-2.0 */
/* Who the client is, and why not, said where the operator will look. */
#ifndef GATE_3_IDENTIFY_H
#define GATE_3_IDENTIFY_H

#include <stdbool.h>

#include "gate/connection.h"

/* Says in the log who failed. */
void identify(struct connection *conn);
/*
 * Whether the client is still who it was, by the lists in force and the time. One who is not any
 * more is said in the log, and has the verdict to show for it.
 */
bool identify_again(struct connection *conn);

#endif
