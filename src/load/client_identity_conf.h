/* SPDX-License-Identifier: Apache-2.0 */
/* client_identity_headers, and which fields of requests tell a backend who the client is. */
#ifndef LOAD_CLIENT_IDENTITY_CONF_H
#define LOAD_CLIENT_IDENTITY_CONF_H

#include "conf/directive.h"
#include "load/loader.h"

extern const struct directive client_identity_directives[];
extern const size_t client_identity_directives_n;

/*
 * For modules: a field that a location sends to its backends, and its value, both borrowed. False:
 * the location's client_identity_headers sends a field that a backend may take for it.
 */
MUST_CHECK bool client_identity_sends(struct loader *loader,
                                      const struct location_settings *location, struct str name,
                                      const struct template *value, struct error *err);

/* When all locations are complete: collects settings->identity_fields. */
void client_identity_complete(struct loader *loader);

#endif
