/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 (RFC 9113) between the gate and its clients, by nghttp2. */
#ifndef GATE_H2_H2_H
#define GATE_H2_H2_H

#include "gate/stream.h"

extern const struct protocol h2_protocol;

#endif
