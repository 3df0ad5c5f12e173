/* SPDX-License-Identifier: Apache-2.0 */
#include "check/places.h"

#include <stdlib.h>
#include <string.h>

#include "modules/proxy/forward.h"
#include "modules/proxy/proxy_settings.h"

struct line_place server_trust_place(const struct server *server, struct arena *arena)
{
    const char *at = server->settings.tls.client_certificate_at; /* FILE:LINE */
    const char *colon = at ? strrchr(at, ':') : NULL;
    if (!colon) {
        return (struct line_place){server->file, server->line};
    }
    return (struct line_place){arena_cstr(arena, str_range(at, colon)),
                               (unsigned)strtoul(colon + 1, NULL, 10)};
}

const struct proxy_settings *place_backend(const struct location_settings *settings)
{
    if (settings->handler == &forward_grpc_handler) {
        return grpc_settings_of(settings);
    }
    return settings->handler == &forward_handler ? proxy_settings_of(settings) : NULL;
}

struct str place_text(const struct settings_place *place, struct arena *arena)
{
    const struct location *location = place->settings->location;
    return location ? arena_printf(arena, "location %.*s of server \"%.*s\"",
                                   STR_ARG(location->name), STR_ARG(place->server->name))
                    : arena_printf(arena, "server \"%.*s\"", STR_ARG(place->server->name));
}
