/* SPDX-License-Identifier: Apache-2.0 */
#include "site/filename.h"

#include <assert.h>
#include <string.h>

#include "base/file.h"
#include "http/uri.h"
#include "script/template.h"

struct value filename_root(struct walk *walk)
{
    struct value root = template_eval(&walk->location->files.root, &walk->scope);
    if (root.s.n && root.s.p[0] != '/') { /* a variable gave it: what was written is resolved */
        return value_of(
            str_of(path_resolve(walk->scope.arena, str_of(walk->settings->prefix), root.s)));
    }
    /* What a variable gave may end anywhere; what is opened ends in a NUL. */
    return root.state == VALUE_UNKNOWN ? root : value_of(arena_dup(walk->scope.arena, root.s));
}

/* The part of the path that root or alias is put before. */
static struct str rest_of(const struct walk *walk, struct str path)
{
    size_t alias = walk->location->files.alias;
    if (alias == ALIAS_WHOLE) {
        return walk->path_after_alias ? path : str_skip(path, path.n);
    }
    return str_skip(path, alias);
}

/*
 * "location /a { alias /dir/; }" takes "/a../b" for "/dir/../b". What a client asked for has no
 * ".." left: one that comes about here, from a capture or an argument, is never meant.
 */
bool filename_climbs(struct walk *walk, struct str root, struct str rest)
{
    const struct template *written = &walk->location->files.root;
    bool climbs = uri_join_climbs(PARENT_FILE, root, rest) ||
                  (!written->constant &&
                   uri_parents(PARENT_FILE, root) > uri_parents(PARENT_FILE, written->source));
    if (climbs) {
        walk_say(walk, LEVEL_ERROR, "\"%.*s%.*s\" is outside the directory of \"%s\"",
                 STR_ARG(root), STR_ARG(rest), walk->location->files.alias ? "alias" : "root");
    }
    return climbs;
}

bool filename_of(struct walk *walk, struct str path, struct str *out, size_t *root_n)
{
    if (walk->location->files.alias && walk->rewritten) {
        walk_say(walk, LEVEL_ALERT,
                 "\"alias\" cannot be used in location \"%.*s\" where URI was rewritten",
                 STR_ARG(walk->location->location->name));
        return false;
    }
    struct str root = filename_root(walk).s;
    struct str rest = rest_of(walk, path);
    if (filename_climbs(walk, root, rest)) {
        return false;
    }
    *root_n = root.n;
    *out = arena_concat(walk->scope.arena, root, rest);
    assert(out->p[out->n] == '\0'); /* it is opened as a C string */
    if (memchr(out->p, '\0', out->n)) {
        walk_say(walk, LEVEL_ERROR, "the file name contains a NUL");
        return false;
    }
    return true;
}
