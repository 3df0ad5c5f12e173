/* SPDX-License-Identifier: Apache-2.0 */
/* Upgraded connections: bytes go both ways, for as long as both sides and the terms allow. */
#ifndef GATE_TUNNELS_H
#define GATE_TUNNELS_H

#include <stdbool.h>

#include "base/str.h"

struct connection;
struct gate;
struct request;

/* Closes those whose client was let in on other terms than gate->demands has. */
void tunnels_check_terms(struct gate *gate);

/* From here on all bytes of the client go to `data`; respond_data sends. For 101. */
void tunnel_start(struct connection *conn, void (*data)(struct request *request, struct str bytes));
/* Whether the client has to wait before it sends more. */
void tunnel_pause(struct connection *conn, bool paused);
/* As tunnels_check_terms. Not by tunnel_start: whoever calls that still needs the connection. */
void tunnel_check_terms(struct connection *conn);

#endif
