/* SPDX-License-Identifier: Apache-2.0 */
/* What findings say of a place in a configuration (site/places.h). */
#ifndef CHECK_PLACES_H
#define CHECK_PLACES_H

#include "check/finding.h"
#include "site/places.h"

/* Where the CAs of clients are given, if that is known, else the server block. */
struct line_place server_trust_place(const struct server *server, struct arena *arena);

/* The proxy_* or grpc_* settings if the location passes requests to a backend, else NULL. */
struct proxy_settings;
const struct proxy_settings *place_backend(const struct location_settings *settings);

/* `location /x of server "y"`, or `server "y"`. In the arena. */
struct str place_text(const struct settings_place *place, struct arena *arena);

#endif
