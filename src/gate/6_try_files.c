/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/6_try_files.h"

#include <errno.h>
#include <sys/stat.h>

#include "gate/8_respond.h"
#include "gate/filename.h"

/* Whether the name is there and of the kind that was asked for. */
static bool is_there(struct request *request, struct str name, bool directory)
{
    struct stat st;
    if (stat(name.p, &st) != 0) {
        if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG) {
            request_log(request, LEVEL_CRIT, "stat() \"%s\" failed (%d: %s)", name.p, errno,
                        strerror(errno));
        }
        return false;
    }
    return (S_ISDIR(st.st_mode) != 0) == directory;
}

/* From here on the file that was found is what the path names. */
static void take_path(struct request *request, struct str found, bool directory)
{
    size_t alias = request->location->alias;
    if (alias == ALIAS_WHOLE) {
        if (!directory) {
            request->path = found;
            request->path_after_alias = true;
        }
    } else {
        request->path = arena_concat(&request->arena, str_head(request->path, alias), found);
    }
    request->path_plain = false;
}

/* Looks for one of the names; true when it is what answers, or when the request was answered. */
static bool try_path(struct request *request, const struct template *path)
{
    struct str text = template_eval(path, &request->scope).s;
    bool directory = path->source.n && path->source.p[path->source.n - 1] == '/';
    struct str rest = directory && text.n ? str_head(text, text.n - 1) : text;
    size_t alias = request->location->alias;
    if (alias && alias != ALIAS_WHOLE && !path->constant &&
        str_starts(rest, str_head(request->path, alias))) {
        rest = str_skip(rest, alias); /* $uri begins with what the alias replaces */
    }
    struct str root = filename_root(request);
    struct str name = arena_concat(&request->arena, root, rest);
    if (filename_climbs(request, root, rest) || memchr(name.p, '\0', name.n) ||
        !is_there(request, name, directory)) {
        return false;
    }
    take_path(request, rest, directory);
    return true;
}

static void fall_back(struct request *request, const struct try_files *files)
{
    if (files->status) {
        respond_status(request, files->status);
        return;
    }
    struct str target = template_eval(&files->target, &request->scope).s;
    if (str_starts(target, STR("@"))) {
        request_redirect_named(request, target);
        return;
    }
    struct str args = target;
    struct str path = str_split(&args, '?');
    request_redirect(request, path, args);
}

enum next try_files_step(struct request *request)
{
    const struct try_files *files = &request->location->try_files;
    request->step = STEP_ANSWER;
    request->path_after_alias = false;
    if (!files->set) {
        return NEXT_STEP;
    }
    if (request->location->alias && request->rewritten) {
        request_log(request, LEVEL_ALERT,
                    "\"alias\" cannot be used in location \"%.*s\" where URI was rewritten",
                    STR_ARG(request->location->location->name));
        respond_status(request, 500);
        return NEXT_STEP;
    }
    for (size_t i = 0; i < files->n; i++) {
        if (try_path(request, &files->paths[i])) {
            return NEXT_STEP;
        }
    }
    fall_back(request, files);
    return NEXT_STEP;
}
