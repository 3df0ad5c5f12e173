/* SPDX-License-Identifier: Apache-2.0 */
#include "site/filename.h"

#include <string.h>

#include "script/template.h"

struct value filename_root(struct walk *walk)
{
    struct value root = template_eval(&walk->location->root, &walk->scope);
    /* What a variable gave may end anywhere; what is opened ends in a NUL. */
    return root.state == VALUE_UNKNOWN ? root : value_of(arena_dup(walk->scope.arena, root.s));
}

/* The part of the path that root or alias is put before. */
static struct str rest_of(const struct walk *walk, struct str path)
{
    size_t alias = walk->location->alias;
    if (alias == ALIAS_WHOLE) {
        return walk->path_after_alias ? path : str_skip(path, path.n);
    }
    return str_skip(path, alias);
}

/*
 * "location /a { alias /dir/; }" takes "/a../b" for "/dir/../b". The path itself has no ".." left,
 * so one at this seam is never meant.
 */
static bool climbs_out(const struct walk *walk, struct str root, struct str rest)
{
    return walk->location->alias && str_ends(root, STR("/")) &&
           (str_eq(rest, STR("..")) || str_starts(rest, STR("../")));
}

bool filename_of(struct walk *walk, struct str path, struct str *out, size_t *root_n)
{
    if (walk->location->alias && walk->rewritten) {
        walk_say(walk, LEVEL_ALERT,
                 "\"alias\" cannot be used in location \"%.*s\" where URI was rewritten",
                 STR_ARG(walk->location->location->name));
        return false;
    }
    struct str root = filename_root(walk).s;
    struct str rest = rest_of(walk, path);
    if (climbs_out(walk, root, rest)) {
        walk_say(walk, LEVEL_ERROR, "\"%.*s\" leads out of the directory of \"alias\"",
                 STR_ARG(path));
        return false;
    }
    *root_n = root.n;
    *out = arena_concat(walk->scope.arena, root, rest);
    if (memchr(out->p, '\0', out->n)) {
        walk_say(walk, LEVEL_ERROR, "zero byte in the name of a file");
        return false;
    }
    return true;
}
