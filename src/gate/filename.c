/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/filename.h"

#include <string.h>

#include "script/template.h"

struct str filename_root(struct request *request)
{
    struct str root = template_eval(&request->location->root, &request->scope).s;
    /* What a variable gave may end anywhere; what is opened ends in a NUL. */
    return arena_dup(&request->arena, root);
}

struct str filename_rest(const struct request *request, struct str path)
{
    size_t alias = request->location->alias;
    if (alias == ALIAS_WHOLE) {
        return request->path_after_alias ? path : str_skip(path, path.n);
    }
    return str_skip(path, alias);
}

bool filename_of(struct request *request, struct str path, struct str *out, size_t *root_n)
{
    if (request->location->alias && request->rewritten) {
        request_log(request, LEVEL_ALERT,
                    "\"alias\" cannot be used in location \"%.*s\" where URI was rewritten",
                    STR_ARG(request->location->location->name));
        return false;
    }
    struct str root = filename_root(request);
    *root_n = root.n;
    *out = arena_concat(&request->arena, root, filename_rest(request, path));
    if (memchr(out->p, '\0', out->n)) {
        request_log(request, LEVEL_ERROR, "zero byte in the name of a file");
        return false;
    }
    return true;
}
