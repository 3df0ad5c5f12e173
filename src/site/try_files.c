/* SPDX-License-Identifier: Apache-2.0 */
#include "site/try_files.h"

#include <assert.h>
#include <string.h>

#include "site/filename.h"

/* Whether something of the kind that is asked for has that name. */
static bool try_files_is_there(struct walk *walk, const struct template *path, struct value name,
                               bool directory)
{
    bool yes = false;
    const struct scope_host *host = walk->scope.host;
    bool is_known = name.state != VALUE_UNKNOWN &&
                    host->file_test(walk->scope.facts, directory ? 'd' : FILE_TEST_NO_DIRECTORY,
                                    name.s, &yes) != VALUE_UNKNOWN;
    if (!is_known) {
        yes = walk_choose(walk, 2) == 1;
        walk_suppose_here(walk, "try_files %s \"%.*s\"", yes ? "finds" : "does not find",
                          STR_ARG(path->source));
    }
    return yes;
}

/* From here on the file that was found is what the path names. */
static void try_files_take_path(struct walk *walk, struct str found, bool directory)
{
    size_t alias = walk->location->files.alias;
    if (alias == ALIAS_WHOLE) {
        if (!directory) {
            walk->path = found;
            walk->path_after_alias = true;
        }
    } else {
        walk->path = arena_concat(walk->scope.arena, str_head(walk->path, alias), found);
    }
    if (alias == 0) {
        walk->facts.unknown &= ~(unsigned)FACT_PATH; /* it has nothing of the path before */
    }
    walk->path_plain = false;
}

/* Looks for one of the names; true when it is what answers. */
static bool try_path(struct walk *walk, const struct template *path)
{
    struct value text = template_eval(path, &walk->scope);
    struct value root = filename_root(walk);
    bool directory = path->source.n && path->source.p[path->source.n - 1] == '/';
    if (text.state == VALUE_UNKNOWN || root.state == VALUE_UNKNOWN) {
        if (!try_files_is_there(walk, path, VALUE_IS_UNKNOWN, directory)) {
            return false;
        }
        walk->facts.unknown |= text.state == VALUE_UNKNOWN ? (unsigned)FACT_PATH : 0;
        return true;
    }
    struct str rest = directory && text.s.n ? str_head(text.s, text.s.n - 1) : text.s;
    size_t alias = walk->location->files.alias;
    if (alias && alias != ALIAS_WHOLE && !path->constant &&
        str_starts(rest, str_head(walk->path, alias))) {
        rest = str_skip(rest, alias); /* $uri begins with what the alias replaces */
    }
    struct str name = arena_concat(walk->scope.arena, root.s, rest);
    if (filename_climbs(walk, root.s, rest) || memchr(name.p, '\0', name.n) ||
        !try_files_is_there(walk, path, value_of(name), directory)) {
        return false;
    }
    try_files_take_path(walk, rest, directory);
    return true;
}

static enum walk_step fall_back(struct walk *walk, const struct try_files *files,
                                struct decision *out)
{
    assert(!files->status || !files->target.source.n); /* the last parameter is one or the other */
    if (files->status) {
        return walk_end(out, files->status);
    }
    struct value target = template_eval(&files->target, &walk->scope);
    return walk_redirect_to(walk, &files->target, target, out) ? WALK_OVER : walk->step;
}

enum walk_step try_files_step(struct walk *walk, struct decision *out)
{
    const struct try_files *files = &walk->location->try_files;
    walk->path_after_alias = false;
    if (!files->set) {
        return WALK_HANDLER;
    }
    if (walk->location->files.alias && walk->rewritten) {
        walk_say(walk, LEVEL_ALERT,
                 "\"alias\" cannot be used in location \"%.*s\" where URI was rewritten",
                 STR_ARG(walk->location->location->name));
        return walk_end(out, 500);
    }
    for (size_t i = 0; i < files->n; i++) {
        if (try_path(walk, &files->paths[i])) {
            return WALK_HANDLER;
        }
    }
    return fall_back(walk, files, out);
}
