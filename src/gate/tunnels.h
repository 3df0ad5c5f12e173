/* SPDX-License-Identifier: Apache-2.0 */
/* Upgraded connections: bytes go both ways, until a side closes or the requirements for clients
 * change. */
#ifndef GATE_TUNNELS_H
#define GATE_TUNNELS_H

#include <stdbool.h>

#include "base/str.h"

struct connection;
struct gate;
struct request;

/* Closes those whose client was accepted under other requirements than those in gate->demands. */
void tunnels_check_terms(struct gate *gate);

/* From here on all bytes of the client go to `data`; respond_data sends; stream_pause and
 * stream_resume hold. For 101. */
void tunnel_start(struct request *request, void (*data)(struct request *request, struct str bytes));
/* As tunnels_check_terms, for one connection. tunnel_start does not do it: its caller still needs
 * the connection. */
void tunnel_check_terms(struct connection *conn);

#endif
