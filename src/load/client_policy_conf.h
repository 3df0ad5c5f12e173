/* SPDX-License-Identifier: Apache-2.0 */
/* client_policy, client_access, client_access_mode. */
#ifndef LOAD_CLIENT_POLICY_CONF_H
#define LOAD_CLIENT_POLICY_CONF_H

#include "conf/directive.h"
#include "load/loader.h"

extern const struct directive client_policy_directives[];
extern const size_t client_policy_directives_n;

/* When all directives are read: finds the policy that the location names. */
MUST_CHECK bool client_policy_complete(struct loader *loader, struct location_settings *location,
                                       struct error *err);

#endif
