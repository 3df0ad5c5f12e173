/* SPDX-License-Identifier: Apache-2.0 */
/* Locations that no request reaches. */
#ifndef CHECK_REACH_H
#define CHECK_REACH_H

#include "check/door.h"

/*
 * Whether it is proven that no request of any client enters the door's location: the server leads
 * all elsewhere before it looks for a location, or a regular expression that comes first takes all
 * its paths. False in doubt, and for the door before any location.
 */
bool door_is_unreachable(const struct settings *settings, const struct checked_door *door);

#endif
