/* SPDX-License-Identifier: Apache-2.0 */
/* All settings of requests in a configuration, and the statements of their programs. */
#ifndef CHECK_PLACES_H
#define CHECK_PLACES_H

#include "check/finding.h"

struct settings_place {
    const struct server *server;
    const struct location_settings *settings;
    struct line_place at; /* of the location, or of the server block */
};

/* Tells the settings of each server, location, limit_except and `if`; the place of the latter two
 * is their location's. */
void places_each(const struct settings *settings,
                 void (*tell)(void *arg, const struct settings_place *place), void *arg);
/* The same for one server. */
void places_of_server(const struct server *server,
                      void (*tell)(void *arg, const struct settings_place *place), void *arg);

/* Tells each statement, those in the bodies of `if` too. */
void statements_each(const struct program *program,
                     void (*tell)(void *arg, const struct statement *statement), void *arg);

/* Where the CAs of clients are given, if that is known, else the server block. */
struct line_place server_trust_place(const struct server *server, struct arena *arena);

/* The proxy_* or grpc_* settings if the location passes requests to a backend, else NULL. */
struct proxy_settings;
const struct proxy_settings *place_backend(const struct location_settings *settings);

/* `location /x of server "y"`, or `server "y"`. In the arena. */
struct str place_text(const struct settings_place *place, struct arena *arena);

#endif
