/* SPDX-License-Identifier: Apache-2.0 */
/* Which server, which location. */
#ifndef GATE_5_ROUTE_H
#define GATE_5_ROUTE_H

#include "gate/request.h"

/*
 * The listener's server for a name (lower case, no port), or NULL; a regex name's captures go to
 * *scope, which may be NULL. With NULL, *failed may be a pattern that hit its limit: then nobody
 * knows whose name it is, and the default server is not the answer.
 */
const struct server *route_find_server(const struct listener *listener, struct str name,
                                       struct scope *scope, const struct regex **failed);
/* The server's named location, or NULL. */
const struct location *route_named(const struct server *server, struct str name);

/* Puts what limit_except says in force for the request's method. */
void route_limit_except(struct request *request);

/* Steps. */
enum next route_server(struct request *request);
enum next route_location(struct request *request);

#endif
