/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/filename.h"

#include <string.h>

#include "base/file.h"
#include "gate/connection.h"
#include "script/template.h"

struct str filename_root(struct request *request)
{
    struct str root = template_eval(&request->location->root, &request->scope).s;
    if (root.n && root.p[0] != '/') { /* a variable gave it: what was written is resolved */
        return str_of(
            path_resolve(&request->arena, str_of(request->conn->gate->settings->prefix), root));
    }
    /* What a variable gave may end anywhere; what is opened ends in a NUL. */
    return arena_dup(&request->arena, root);
}

/* The part of the path that root or alias is put before. */
static struct str rest_of(const struct request *request, struct str path)
{
    size_t alias = request->location->alias;
    if (alias == ALIAS_WHOLE) {
        return request->path_after_alias ? path : str_skip(path, path.n);
    }
    return str_skip(path, alias);
}

/*
 * "location /a { alias /dir/; }" takes "/a../b" for "/dir/../b". The path itself has no ".." left,
 * so one at this seam is never meant.
 */
static bool climbs_out(const struct request *request, struct str root, struct str rest)
{
    return request->location->alias && str_ends(root, STR("/")) &&
           (str_eq(rest, STR("..")) || str_starts(rest, STR("../")));
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
    struct str rest = rest_of(request, path);
    if (climbs_out(request, root, rest)) {
        request_log(request, LEVEL_ERROR, "\"%.*s\" leads out of the directory of \"alias\"",
                    STR_ARG(path));
        return false;
    }
    *root_n = root.n;
    *out = arena_concat(&request->arena, root, rest);
    if (memchr(out->p, '\0', out->n)) {
        request_log(request, LEVEL_ERROR, "zero byte in the name of a file");
        return false;
    }
    return true;
}
