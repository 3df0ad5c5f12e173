/* SPDX-License-Identifier: Apache-2.0 */
/* The servers of one address, by name. */
#ifndef SITE_LISTENER_H
#define SITE_LISTENER_H

#include "script/scope.h"
#include "site/settings.h"

/*
 * The server of `listener` for a lower-case name, in nginx's order: exact, longest "*.x", longest
 * "x.*", first regex. NULL: no server has that name, and the listener's default answers. With a
 * scope, named groups of a regex become variables. *failed: a pattern hit its limit; nothing may be
 * decided then.
 */
const struct server *listener_find(const struct listener *listener, struct str name,
                                   struct scope *scope, const struct regex **failed);

/*
 * Tells every server that a request to this address can reach, some more than once: the default
 * and each that a name selects. A block whose names all belong to earlier ones is none of these.
 */
void listener_each(const struct listener *listener,
                   void (*tell)(void *arg, const struct server *server), void *arg);

#endif
