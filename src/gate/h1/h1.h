/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1 (RFC 9112) between the gate and its clients. */
#ifndef GATE_H1_H1_H
#define GATE_H1_H1_H

#include "gate/stream.h"

extern const struct protocol h1_protocol;

#endif
