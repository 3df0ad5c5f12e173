/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/content_type.h"

struct str content_type_of(const struct request *request)
{
    const struct location_settings *location = request->walk.location;
    struct str path = request->walk.path;
    if (request->carried.content_type.n) {
        return request->carried.content_type;
    }
    struct str segment = str_skip(path, str_rfind(path, '/') + 1);
    size_t dot = str_rfind(segment, '.');
    /* A dot that begins the name begins no extension (nginx: "/.foo"). */
    if (dot < segment.n && dot > 0 && location->files.types) {
        const struct str *type = strmap_get(location->files.types, str_skip(segment, dot + 1));
        if (type) {
            return *type;
        }
    }
    return location->files.default_type;
}
