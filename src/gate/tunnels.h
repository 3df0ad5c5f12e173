/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnels: upgraded connections. Bytes go both ways, until a side closes or the requirements for
 * clients change. */
#ifndef GATE_TUNNELS_H
#define GATE_TUNNELS_H

#include <stdbool.h>

#include "base/str.h"

struct connection;
struct gate;
struct request;

/* Closes each tunnel whose client was accepted under requirements that gate->demands lacks. */
void tunnels_check_terms(struct gate *gate);

/*
 * For 101: from here on all bytes of the client go to `data`; respond_data sends; stream_pause and
 * stream_resume still apply. `ended`: the client sends no more, and still reads; HTTP/1 does not
 * tell that from a client that is gone.
 */
void tunnel_start(struct request *request, void (*data)(struct request *request, struct str bytes),
                  void (*ended)(struct request *request));
/* tunnels_check_terms for one connection. tunnel_start does not call it: its caller still needs the
 * connection. */
void tunnel_check_terms(struct connection *conn);

#endif
