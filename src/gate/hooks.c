/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/hooks.h"

#include "gate/request.h"

bool hooks_head(struct request *request)
{
    const struct location_settings *location = request->walk.location;
    bool ok = true;
    for (size_t i = 0; ok && i < location->hooks_n; i++) {
        ok = !location->hooks[i]->head || location->hooks[i]->head(request);
    }
    return ok;
}

void hooks_validators(struct request *request, struct str *etag, time_t *last_modified)
{
    const struct location_settings *location = request->walk.location;
    for (size_t i = 0; i < location->hooks_n; i++) {
        if (location->hooks[i]->validators) {
            location->hooks[i]->validators(request, etag, last_modified);
        }
    }
}

bool hooks_has_trailers(const struct request *request)
{
    const struct location_settings *location = request->walk.location;
    for (size_t i = 0; i < location->hooks_n; i++) {
        if (location->hooks[i]->has_trailers && location->hooks[i]->has_trailers(request)) {
            return true;
        }
    }
    return false;
}

void hooks_trailers(struct request *request)
{
    const struct location_settings *location = request->walk.location;
    for (size_t i = 0; i < location->hooks_n; i++) {
        if (location->hooks[i]->trailers) {
            location->hooks[i]->trailers(request);
        }
    }
}

void hooks_ended(struct request *request)
{
    const struct location_settings *location = request->walk.location;
    for (size_t i = 0; i < location->hooks_n; i++) {
        if (location->hooks[i]->ended) {
            location->hooks[i]->ended(request);
        }
    }
}
