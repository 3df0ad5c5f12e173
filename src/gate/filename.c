/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/filename.h"

#include <string.h>

#include "base/file.h"
#include "gate/connection.h"
#include "http/uri.h"
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
 * "location /a { alias /dir/; }" takes "/a../b" for "/dir/../b". What a client asked for has no
 * ".." left: one that comes about here, from a capture or an argument, is never meant.
 */
bool filename_climbs(struct request *request, struct str root, struct str rest)
{
    const struct template *written = &request->location->root;
    bool climbs = uri_join_climbs(PARENT_FILE, root, rest) ||
                  (!written->constant &&
                   uri_parents(PARENT_FILE, root) > uri_parents(PARENT_FILE, written->source));
    if (climbs) {
        request_log(request, LEVEL_ERROR, "\"%.*s%.*s\" leads out of the directory of \"%s\"",
                    STR_ARG(root), STR_ARG(rest), request->location->alias ? "alias" : "root");
    }
    return climbs;
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
    if (filename_climbs(request, root, rest)) {
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
