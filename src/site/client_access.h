/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the policy of a location (client_policy, client_access) lets its client in. */
#ifndef SITE_CLIENT_ACCESS_H
#define SITE_CLIENT_ACCESS_H

#include "site/walk.h"

/* What a question notes if it is denied where a server would only log it. */
#define CLIENT_ACCESS_REPORTED "client_access_mode is \"report\": a server only logs the denial"

/*
 * Asks the policy of walk->location: 0, or 403. Without one it allows. The log gets the rule that
 * denied. In report mode it only logs, and allows,
 * unless a question asks what would be enforced. A rule that depends on open facts is chosen by
 * the walk.
 */
int client_access_refusal(struct walk *walk);

/* The step: after the location is found, and before anything in it. */
enum walk_step client_access_step(struct walk *walk, struct decision *out);

#endif
