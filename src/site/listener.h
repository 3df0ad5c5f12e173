/* SPDX-License-Identifier: Apache-2.0 */
/* The servers of one address, by name. */
#ifndef SITE_LISTENER_H
#define SITE_LISTENER_H

#include "script/scope.h"
#include "site/settings.h"

/*
 * Finds the server for a lower-case name, in nginx's order: exact, longest "*.x", longest "x.*",
 * first regex. NULL: no server has that name; use the listener's default. With a scope, named
 * groups of a regex become variables. *failed: this regex exceeded its limit, so do not use the
 * result.
 */
const struct server *listener_find(const struct listener *listener, struct str name,
                                   struct scope *scope, const struct regex **failed);

/*
 * Calls `tell` for every server that a request to this address can reach, for some more than once:
 * the default and each that a name selects. A server block whose names all belong to earlier blocks
 * cannot be reached.
 */
void listener_each(const struct listener *listener,
                   void (*tell)(void *arg, const struct server *server), void *arg);

#endif
