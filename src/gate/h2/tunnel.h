/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended CONNECT (RFC 8441): a stream becomes a tunnel. To all that is behind the protocol it is
 * the upgrade of HTTP/1.1 (RFC 6455, 4), with a key that yett makes and checks.
 */
#ifndef GATE_H2_TUNNEL_H
#define GATE_H2_TUNNEL_H

#include "gate/h2/session.h"

/* Makes stream->key. */
struct str h2_make_key(struct h2_stream *stream);
/*
 * Called before the headers are made. A 2xx would tell the client that its tunnel is open, so one
 * that is not a backend's 101 becomes 501.
 */
void h2_refuse_success(struct request *request);
/* The head of a 101 becomes that of the 200 which HTTP/2 says instead (RFC 8441, 5). */
void h2_say_200(struct request *request);

/* See struct protocol. */
bool h2_accepts(const struct request *request, const struct headers *fields);
void h2_upgrade(struct request *request);

#endif
