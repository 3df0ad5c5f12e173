/* SPDX-License-Identifier: Apache-2.0 */
/* All settings of requests in a configuration, and the statements of their programs. */
#ifndef SITE_PLACES_H
#define SITE_PLACES_H

#include "script/program.h"
#include "script/scope.h"
#include "site/settings.h"

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

#endif
